"""The displays of a home, PPMID, IHD, CAD and third-party ones: what they ask, take and show."""
