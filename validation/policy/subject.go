package policy

import (
	"slices"
	"strings"

	"sluice/validation"
)

// SubjectKind is a kind of Subject.
type SubjectKind uint8

// The kinds of subjects.
const (
	UserSubject SubjectKind = iota
	GroupSubject
	ServiceAccountSubject
)

// Subject is a user, a group, or a service account.
type Subject struct {
	Kind SubjectKind
	Name string
	// Namespace of a service account.
	Namespace string
}

// key is what a subject matches: the user's name, or that of a group of the user's.
func (s Subject) key() subjectKey {
	switch s.Kind {
	case GroupSubject:
		return subjectKey{group: true, name: s.Name}
	case ServiceAccountSubject:
		return subjectKey{name: "system:serviceaccount:" + s.Namespace + ":" + s.Name}
	case UserSubject:
	}
	return subjectKey{name: s.Name}
}

// String names the subject for people.
func (s Subject) String() string {
	switch s.Kind {
	case GroupSubject:
		return "group " + s.Name
	case ServiceAccountSubject:
		return "service account " + s.Namespace + "/" + s.Name
	case UserSubject:
	}
	return "user " + s.Name
}

type subjectKey struct {
	group bool
	name  string
}

// Matches reports whether the subject is the user, or a group of the user's.
func (s Subject) Matches(u validation.User) bool {
	k := s.key()
	if k.group {
		return slices.Contains(u.Groups, k.name)
	}
	return u.Name == k.name
}

// UserAsAuthenticated is a user with the groups that the API server adds: every authenticated
// user is in system:authenticated, and a service account is in two more groups.
func UserAsAuthenticated(name string, groups []string) validation.User {
	u := validation.User{Name: name, Groups: slices.Clone(groups)}
	add := func(groups ...string) {
		for _, group := range groups {
			if !slices.Contains(u.Groups, group) {
				u.Groups = append(u.Groups, group)
			}
		}
	}
	if name == "system:anonymous" {
		add("system:unauthenticated")
		return u
	}
	add("system:authenticated")
	if account, ok := strings.CutPrefix(name, "system:serviceaccount:"); ok {
		namespace, _, _ := strings.Cut(account, ":")
		add("system:serviceaccounts", "system:serviceaccounts:"+namespace)
	}
	return u
}
