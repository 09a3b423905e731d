package policy_test

import (
	"slices"
	"testing"

	"sluice/validation/policy"
)

// Groups that the API server adds may be named already, as in what it says of the current user.
func TestAUserHasEachGroupOnce(t *testing.T) {
	for name, c := range map[string]struct{ groups, want []string }{
		"mary":                             {[]string{"team-a", "system:authenticated"}, []string{"team-a", "system:authenticated"}},
		"john":                             {nil, []string{"system:authenticated"}},
		"system:anonymous":                 {[]string{"system:unauthenticated"}, []string{"system:unauthenticated"}},
		"system:serviceaccount:flows:bot":  {[]string{"system:serviceaccounts", "system:authenticated"}, []string{"system:serviceaccounts", "system:authenticated", "system:serviceaccounts:flows"}},
		"system:serviceaccount:flows:bot2": {nil, []string{"system:authenticated", "system:serviceaccounts", "system:serviceaccounts:flows"}},
	} {
		if got := policy.UserAsAuthenticated(name, c.groups).Groups; !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
