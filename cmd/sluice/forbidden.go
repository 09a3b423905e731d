package main

import (
	"context"
	"fmt"
	"strings"

	"sluice/internal/kube"
	"sluice/validation"
)

// viewRole is the ClusterRole that lets users read policies. It is part of every installation; see
// manifests/base/viewer-rbac.yaml.
const viewRole = "sluice-view"

// missingRight is the error of a user who may not read the policies.
type missingRight struct {
	user validation.User
	err  error
}

// mayNotRead says who may not read the policies, and what is missing. If even the user is unknown,
// the error says only what the API server answers.
func mayNotRead(ctx context.Context, c *kube.Cluster, err error) error {
	user, unknown := c.User(ctx)
	if unknown != nil {
		return fmt.Errorf("%w; the ClusterRole %s is missing", err, viewRole)
	}
	return &missingRight{user, err}
}

func (m *missingRight) Unwrap() error { return m.err }

func (m *missingRight) Error() string {
	return m.who() + fmt.Sprintf(`
A cluster administrator can grant it:
  %s
Without it, the API server can evaluate a change in a dry run, which stores nothing:
  sluice check --from-cluster FILE`, m.grant())
}

// who names the user as the API server authenticates it, and the role that is missing.
func (m *missingRight) who() string {
	groups := ""
	if len(m.user.Groups) > 0 {
		groups = " (groups " + strings.Join(m.user.Groups, ", ") + ")"
	}
	return fmt.Sprintf("the API server identifies you as %s%s; this user may not read FlowExportPolicies, because the ClusterRole %s is missing", m.user.Name, groups, viewRole)
}

// grant is the command that binds the role: to a group of the user if there is one that is not
// Kubernetes' own.
func (m *missingRight) grant() string {
	subject, name := "--user="+shellWord(m.user.Name), m.user.Name
	if account, ok := strings.CutPrefix(m.user.Name, "system:serviceaccount:"); ok {
		subject = "--serviceaccount=" + account
	}
	for _, group := range m.user.Groups {
		if !strings.HasPrefix(group, "system:") {
			subject, name = "--group="+shellWord(group), group
			break
		}
	}
	return fmt.Sprintf("kubectl create clusterrolebinding %s --clusterrole=%s %s", shellWord(viewRole+"-"+bindingName(name)), viewRole, subject)
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
