package policy

import (
	"slices"
	"strings"

	"sluice/validation"
)

// authenticated is the group that every user is in who is not anonymous.
const authenticated = "system:authenticated"

// users finds a policy that applies to no user.
func (l *linter) users(p Policy) {
	everyAuthenticated := Subject{Kind: GroupSubject, Name: authenticated}
	if slices.ContainsFunc(p.Exempt, func(s Subject) bool { return s.key() == everyAuthenticated.key() }) {
		l.report(p, "exempt", NoUser, LintWarning, "exempts %s, so that the policy applies to no user who is authenticated", everyAuthenticated)
		return
	}
	for i, s := range p.Subjects {
		if !l.neverApplies(p, s) {
			return
		}
		if i == len(p.Subjects)-1 {
			l.report(p, "subjects", NoUser, LintWarning, "every subject is exempt, so that the policy applies to no user; remove the policy or the exemption")
		}
	}
}

// neverApplies reports whether a subject is exempt in any case.
func (l *linter) neverApplies(p Policy, s Subject) bool {
	k := s.key()
	if !k.group && slices.Contains(append(l.Exempt, validation.OperatorUser), k.name) {
		return true
	}
	return slices.ContainsFunc(p.Exempt, func(e Subject) bool { return includes(e, s) })
}

// includes reports whether every user whom the subject s names is one whom e names.
func includes(e, s Subject) bool {
	switch ek, sk := e.key(), s.key(); {
	case ek == sk:
		return true
	case !ek.group:
		return false
	case ek.name == authenticated:
		return sk != subjectKey{name: "system:anonymous"} && sk != subjectKey{group: true, name: "system:unauthenticated"}
	case !sk.group:
		return slices.Contains(UserAsAuthenticated(sk.name, nil).Groups, ek.name)
	case ek.name == "system:serviceaccounts":
		return strings.HasPrefix(sk.name, "system:serviceaccounts:")
	}
	return false
}

// appliesToAllOf reports whether a policy applies to every user to whom another one does.
func appliesToAllOf(p, other Policy) bool {
	for _, e := range p.Exempt {
		if !slices.ContainsFunc(other.Exempt, func(o Subject) bool { return includes(o, e) }) {
			return false
		}
	}
	if len(p.Subjects) == 0 {
		return true
	}
	if len(other.Subjects) == 0 {
		return slices.ContainsFunc(p.Subjects, func(s Subject) bool { return s.Kind == GroupSubject && s.Name == authenticated })
	}
	for _, s := range other.Subjects {
		if !slices.ContainsFunc(p.Subjects, func(mine Subject) bool { return includes(mine, s) }) {
			return false
		}
	}
	return true
}

// sharesUsers reports whether both policies apply to a user who is named by a subject of one of
// them, or to users whom none names.
func sharesUsers(a, b Policy) bool {
	shared := false
	eachUser([]Policy{a, b}, func(u validation.User) bool {
		shared = a.Applies(u) && b.Applies(u)
		return !shared
	})
	return shared
}

// maxUsers bounds the users that are tried, and maxExempt the exemptions that one user has.
const maxUsers, maxExempt = 1000, 1000

// eachUser yields users by whom policies can be told apart: one whom no policy names, one with
// all exemptions, one for each subject and each exemption, and one for each subject with all
// exemptions but those of the subject's own policy. It returns false if there are more.
func eachUser(policies []Policy, yield func(validation.User) bool) (all bool) {
	var exempt []Subject
	for _, p := range policies {
		exempt = append(exempt, p.Exempt...)
	}
	all = len(exempt) <= maxExempt
	exempt = exempt[:min(len(exempt), maxExempt)]
	left := maxUsers
	next := func(subjects, more []Subject) bool {
		left--
		return left >= 0 && yield(userOf(subjects, more))
	}
	if !next(nil, nil) || !next(nil, exempt) {
		return all
	}
	for _, p := range policies {
		others := slices.DeleteFunc(slices.Clone(exempt), func(e Subject) bool {
			return slices.ContainsFunc(p.Exempt, func(own Subject) bool { return own.key() == e.key() })
		})
		for _, s := range p.Subjects {
			if !next([]Subject{s}, nil) || !next([]Subject{s}, others) {
				return all && left >= 0
			}
		}
		for _, s := range p.Exempt {
			if !next([]Subject{s}, nil) {
				return all && left >= 0
			}
		}
	}
	return all
}

// userOf is a user who is all of these subjects; of several users it is the first.
func userOf(subjects, more []Subject) validation.User {
	var name string
	var groups []string
	for _, s := range slices.Concat(subjects, more) {
		switch k := s.key(); {
		case k.group:
			groups = append(groups, k.name)
		case name == "":
			name = k.name
		}
	}
	return UserAsAuthenticated(name, groups)
}
