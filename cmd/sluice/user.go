package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"sluice/validation"
)

// userFlags say by which policies whom to judge.
type userFlags struct {
	policies []string
	name     string
	groups   []string
	exempt   []string
}

func (f *userFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.policies, "policy", nil, "file or directory with FlowExportPolicies to judge by; may be repeated")
	flags.StringVar(&f.name, "as", "", "user whose change it is; without it only policies for everyone apply")
	flags.StringArrayVar(&f.groups, "as-group", nil, "group of that user; may be repeated")
	registerExempt(flags, &f.exempt)
}

// registerExempt registers a flag that check and webhook share.
func registerExempt(flags *pflag.FlagSet, exempt *[]string) {
	flags.StringArrayVar(exempt, "exempt-user", nil, "user to whom no policy applies, beside the Cluster Network Operator; may be repeated")
}

func (f *userFlags) exemptNames() []string {
	return append([]string{validation.OperatorUser}, f.exempt...)
}

// user is the user whom policies judge; judged says whether there are any.
func (f *userFlags) user(judged bool) (validation.User, error) {
	if f.name == "" && len(f.groups) > 0 {
		return validation.User{}, errors.New("--as-group needs --as")
	}
	if f.name != "" && !judged {
		return validation.User{}, errors.New("--as needs --policy or --from-cluster; only policies ask who makes a change")
	}
	return asSeen(f.name, f.groups), nil
}

// asSeen is a user as the API server sees it: each is in the group of those that are
// authenticated, and a service account in two more.
func asSeen(name string, groups []string) validation.User {
	u := validation.User{Name: name, Groups: slices.Clone(groups)}
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
