package install

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/test/harness/cluster"
)

// right is one verb that an account may use.
type right struct {
	account, verb, group, resource string
	// namespace and name are empty where the right is for all.
	namespace, name string
}

func (r right) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s: %s %s.%s %s %s", r.account, r.verb, r.resource, r.group, r.namespace, r.name))
}

// covers reports whether a request uses the right.
func (r right) covers(q request) bool {
	return r.account == q.account() && slices.Contains(q.verbs(), r.verb) && r.group == q.ObjectRef.APIGroup && r.resource == q.resource() &&
		(r.namespace == "" || r.namespace == q.ObjectRef.Namespace) && (r.name == "" || r.name == q.ObjectRef.Name)
}

// rights are what an overlay grants to the accounts of Sluice.
func rights(t *testing.T, o *cluster.Overlay) []right {
	t.Helper()
	rules := map[string][]rbacv1.PolicyRule{}
	for _, u := range o.Objects {
		if kind := u.GetKind(); kind == "Role" || kind == "ClusterRole" {
			var role rbacv1.ClusterRole // a Role's rules stand at the same place
			convert(t, u, &role)
			rules[kind+"/"+u.GetNamespace()+"/"+u.GetName()] = role.Rules
		}
	}
	var list []right
	for _, u := range o.Objects {
		if kind := u.GetKind(); kind == "RoleBinding" || kind == "ClusterRoleBinding" {
			var b rbacv1.ClusterRoleBinding
			convert(t, u, &b)
			role := b.RoleRef.Kind + "/"
			if b.RoleRef.Kind == "Role" {
				role += u.GetNamespace()
			}
			role += "/" + b.RoleRef.Name
			for _, s := range b.Subjects {
				for _, rule := range rules[role] {
					list = append(list, expand(s.Name, u.GetNamespace(), rule)...)
				}
			}
		}
	}
	return list
}

func convert(t *testing.T, u unstructured.Unstructured, into any) {
	t.Helper()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, into); err != nil {
		t.Fatalf("%s: %v", u.GetName(), err)
	}
}

func expand(account, namespace string, rule rbacv1.PolicyRule) []right {
	names := rule.ResourceNames
	if len(names) == 0 {
		names = []string{""}
	}
	var list []right
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				for _, name := range names {
					list = append(list, right{account, verb, group, resource, namespace, name})
				}
			}
		}
	}
	return list
}

// TestEachRightIsUsed has the programs do all that they do, and compares what they asked of
// the API server with what the manifests grant: nothing more, and nothing less.
func TestEachRightIsUsed(t *testing.T) {
	// API servers before 1.34 can't send a list as a watch, which needs no right to list.
	t.Setenv("KUBE_FEATURE_WatchListClient", "false")
	o := installed(t, "managed")
	must(t, "", "-n", "sluice-system", "delete", "secret", "sluice-webhook-ca", "--ignore-not-found")
	must(t, "", "-n", "sluice-system", "delete", "lease", "sluice-controller", "--ignore-not-found")
	from := len(requests(t))
	everything(t, o)
	granted := rights(t, o)
	if len(granted) < 20 {
		t.Fatalf("only %d rights were found", len(granted))
	}
	eventually(t, func() string {
		asked := requests(t)[from:]
		var missing []string
		for _, r := range granted {
			unusable := shared.Minor < compiledMinor && strings.HasPrefix(r.name, "sluice-removal-") // there is never one
			if !unusable && !slices.ContainsFunc(asked, r.covers) {
				missing = append(missing, r.String())
			}
		}
		if missing == nil {
			return ""
		}
		return "nobody needed:\n" + strings.Join(missing, "\n")
	})
	for _, q := range requests(t)[from:] {
		if q.ResponseStatus.Code == 403 {
			t.Errorf("%s may not %s %s %s/%s", q.account(), q.Verb, q.resource(), q.ObjectRef.Namespace, q.ObjectRef.Name)
		}
	}
}
