"""Reads captures of others and of our own: pcap, pcapng, and ZEP inside UDP."""
