package validation

import (
	"slices"
	"strings"
)

// UserAsAuthenticated is a user with the groups that the API server adds: every authenticated
// user is in system:authenticated, and a service account is in two more groups.
func UserAsAuthenticated(name string, groups []string) User {
	u := User{Name: name, Groups: slices.Clone(groups)}
	if name == "system:anonymous" {
		u.Groups = append(u.Groups, "system:unauthenticated")
		return u
	}
	u.Groups = append(u.Groups, "system:authenticated")
	if account, ok := strings.CutPrefix(name, "system:serviceaccount:"); ok {
		namespace, _, _ := strings.Cut(account, ":")
		u.Groups = append(u.Groups, "system:serviceaccounts", "system:serviceaccounts:"+namespace)
	}
	return u
}
