// Package viewrole names the ClusterRole with which a user may read the objects of Sluice, and the command that grants it.
package viewrole

import (
	"fmt"
	"slices"
	"strings"

	"sluice/validation"
)

// Name is the ClusterRole that lets users read the objects of Sluice. It is part of every installation; see
// manifests/base/viewer-rbac.yaml.
const Name = "sluice-view"

// Tenant is the ClusterRole that lets users read the FlowExports of a namespace in which it is bound. The role "view"
// contains it; see manifests/base/tenants-rbac.yaml.
const Tenant = "sluice-flowexports-view"

// Identified names a user as the API server authenticates it.
func Identified(user validation.User) string {
	groups := ""
	if named := slices.DeleteFunc(slices.Clone(user.Groups), func(group string) bool { return group == "" }); len(named) > 0 {
		groups = " (groups " + strings.Join(named, ", ") + ")"
	}
	return "the API server identifies you as " + user.Name + groups
}

// Grant is the command that binds a ClusterRole in the whole cluster: to a group of the user if there is one that is
// not Kubernetes' own.
func Grant(role string, user validation.User) string {
	return "kubectl create clusterrolebinding " + binding(role, user)
}

// GrantIn is the command that binds a ClusterRole in a namespace.
func GrantIn(namespace, role string, user validation.User) string {
	return fmt.Sprintf("kubectl -n %s create rolebinding %s", shellWord(namespace), binding(role, user))
}

func binding(role string, user validation.User) string {
	subject, name := "--user="+shellWord(user.Name), user.Name
	if account, ok := strings.CutPrefix(user.Name, "system:serviceaccount:"); ok {
		subject = "--serviceaccount=" + account
	}
	for _, group := range user.Groups {
		if group != "" && !strings.HasPrefix(group, "system:") {
			subject, name = "--group="+shellWord(group), group
			break
		}
	}
	return fmt.Sprintf("%s --clusterrole=%s %s", shellWord(strings.TrimSuffix(role+"-"+bindingName(name), "-")), role, subject)
}

// bindingName turns a name into a part of the name of an object.
func bindingName(name string) string {
	return strings.Trim(strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, strings.ToLower(name)), "-")
}

// shellWord quotes text for a shell, if it must be quoted.
func shellWord(text string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_.:/@", c)
	}
	if text != "" && strings.IndexFunc(text, func(c rune) bool { return !plain(c) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
