//! HTTP, configuration and the binary stafette.
