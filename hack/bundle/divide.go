package main

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// namespace is where OLM installs the webhook. The registration and the RoleBindings name it.
const namespace = "sluice-system"

// parts are the objects of an overlay, grouped by who installs them.
type parts struct {
	// deployments are part of the ClusterServiceVersion, with the accounts and their rules.
	deployments []object
	accounts    []account
	// bundle is what OLM installs in addition, and cluster what an administrator installs.
	bundle, cluster []object
	crds            []object
}

// account is a ServiceAccount that OLM creates, and the rules that it has in all namespaces.
type account struct {
	name  string
	rules []any
}

// divide groups the objects. OLM supports few kinds, and sets the namespace of each object to that
// of the ClusterServiceVersion.
func divide(objects []object) parts {
	var p parts
	roles := map[string]object{}
	bound := map[string]bool{}
	for _, o := range objects {
		switch o.GetKind() {
		case "Deployment":
			name, _, _ := unstructured.NestedString(o.Object, "spec", "template", "spec", "serviceAccountName")
			p.accounts = append(p.accounts, account{name: name})
		case "ClusterRole":
			roles[o.GetName()] = o
		case "ClusterRoleBinding":
			name, _, _ := unstructured.NestedString(o.Object, "roleRef", "name")
			bound[name] = true
		}
	}
	for _, o := range objects {
		inside := o.GetNamespace() == namespace
		switch kind := o.GetKind(); {
		case kind == "CustomResourceDefinition":
			p.crds = append(p.crds, o)
			p.bundle = append(p.bundle, o)
		case kind == "Deployment" && inside:
			p.deployments = append(p.deployments, o)
		case kind == "ServiceAccount" && inside && p.account(o.GetName()) != nil:
			// OLM creates the accounts of the ClusterServiceVersion.
		case kind == "ClusterRoleBinding" && p.boundTo(o) != nil:
			name, _, _ := unstructured.NestedString(o.Object, "roleRef", "name")
			rules, _, _ := unstructured.NestedSlice(roles[name].Object, "rules")
			a := p.boundTo(o)
			a.rules = append(a.rules, rules...)
			delete(roles, name)
		case kind == "ClusterRole" && bound[o.GetName()]:
			// With its binding, below.
		case kind == "ClusterRole", inside && supported(kind):
			o = *o.DeepCopy()
			o.SetNamespace("")
			p.bundle = append(p.bundle, o)
		default:
			p.cluster = append(p.cluster, o)
		}
	}
	for _, o := range objects {
		if _, left := roles[o.GetName()]; left && o.GetKind() == "ClusterRole" && bound[o.GetName()] {
			p.cluster = append(p.cluster, o)
		}
	}
	return p
}

// supported reports whether all versions of OLM accept a kind in a bundle. NetworkPolicies were
// added later than the others.
func supported(kind string) bool {
	switch kind {
	case "ConfigMap", "PodDisruptionBudget", "Role", "RoleBinding", "Service":
		return true
	}
	return false
}

// account returns an account by name; nil if OLM does not create it.
func (p *parts) account(name string) *account {
	for i := range p.accounts {
		if p.accounts[i].name == name {
			return &p.accounts[i]
		}
	}
	return nil
}

// boundTo returns the account in the namespace of OLM that a binding is for; nil if it is for
// another one.
func (p *parts) boundTo(binding object) *account {
	subjects, _, _ := unstructured.NestedSlice(binding.Object, "subjects")
	if len(subjects) != 1 {
		return nil
	}
	s, _ := subjects[0].(map[string]any)
	name, _ := s["name"].(string)
	if s["namespace"] != namespace {
		return nil
	}
	return p.account(name)
}

// fileName is the name of an object's file in the bundle.
func fileName(o object) string {
	return o.GetName() + "." + strings.ToLower(o.GetKind()) + ".yaml"
}
