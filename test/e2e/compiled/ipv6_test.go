package compiled

import "testing"

// TestGeneratedChangesWithIPv6 does the same where the CRD stores IPv6 collectors.
func TestGeneratedChangesWithIPv6(t *testing.T) {
	if notStored(t) {
		return
	}
	serveIPv6(t)
	balanced(t, compare(t, 2, 200, append(ipv6Collectors(), collectors()...)), "passed", "refused")
}
