"""The recorded incidents, bundles like any other."""
