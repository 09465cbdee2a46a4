"""The mesh as one router sees it: routes, broadcasts, link status, two devices with one address."""
