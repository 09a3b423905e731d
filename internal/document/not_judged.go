package document

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

// NotJudged is a document, or a part of one, that names the lists in a form that can't be judged.
type NotJudged struct {
	File string
	Line int
	// What says what it is, and why it can't be judged.
	What string
	// Hint is what to do instead; empty if nothing is known.
	Hint string
}

// Place is the file and the line.
func (n NotJudged) Place() string { return fmt.Sprintf("%s:%d", n.File, n.Line) }

// renders is the hint for what a kustomization changes.
const renders = "check what it renders to: sluice check --kustomize DIR"

// patchedConfigMap is the hint for patches of the ConfigMap.
const patchedConfigMap = "check the ConfigMap that the patch makes, as a whole object"

// unknown notes a document without anything to review, if it names the lists. An error says that
// kubectl refuses the document.
func (r *reader) unknown(n *yaml.Node, meta typeMeta) error {
	m := mention{left: maxMentioned}
	if exempt(meta) || !m.in(n, 0) {
		return nil
	}
	if n = resolve(n); n.Kind == yaml.MappingNode && (meta.kind == "") != (meta.apiVersion == "") && meta.kind != "Kustomization" {
		missing := "kind"
		if meta.apiVersion == "" {
			missing = "apiVersion"
		}
		return errorAt(r.name, n.Line, "the object has no %s, so kubectl refuses the file", missing)
	}
	what, hint := classify(n, meta)
	r.notJudged = append(r.notJudged, NotJudged{File: r.name, Line: n.Line, What: what, Hint: hint})
	return nil
}

// exempt reports whether objects of a kind name the lists without containing any.
func exempt(meta typeMeta) bool {
	switch meta.group() {
	case "admissionregistration.k8s.io":
		return !strings.HasPrefix(meta.kind, "MutatingAdmissionPolic")
	case "apiextensions.k8s.io", sluiceGroup, "cli." + sluiceGroup, "console.openshift.io", "rbac.authorization.k8s.io":
		return true
	}
	return meta.kind == "Event" || meta.kind == "FlowExportPolicyTest"
}

// classify says what a document is, as people call it, and what to do with it.
func classify(n *yaml.Node, meta typeMeta) (what, hint string) {
	switch {
	case n.Kind == yaml.SequenceNode && isAnsible(n):
		return "an Ansible play: its modules decide what is applied", ""
	case n.Kind == yaml.SequenceNode:
		return "a list that is neither a JSON patch nor a List", ""
	case hasKey(n, "sops"):
		return "a file that SOPS encrypted", "check the decrypted file: sops decrypt FILE | sluice check -"
	case meta == (typeMeta{}) && isKustomization(n), meta.kind == "Kustomization", meta.kind == "Component" && strings.HasPrefix(meta.apiVersion, "kustomize"):
		return "a kustomization: what it changes is known only after it is rendered", renders
	case meta.kind == "Template" && meta.group() == "template.openshift.io":
		return "a Template: its parameters are not known", "check what it renders to: oc process --local -f FILE | sluice check -"
	case meta == (typeMeta{}):
		return "an object without apiVersion and kind, which is no patch either: a merge patch starts with spec", ""
	case strings.EqualFold(meta.kind, "Network"):
		return fmt.Sprintf("a %s of %s, which is not the object with the lists: that is a Network of operator.openshift.io/v1", meta.kind, meta.apiVersion), ""
	case meta.apiVersion == coreVersion && (meta.kind == "ConfigMap" || meta.kind == "Secret"):
		return "a text inside of a " + meta.kind, ""
	}
	return fmt.Sprintf("an object inside of %s %s of %s: another program decides what is applied", article(meta.kind), meta.kind, meta.apiVersion), ""
}

// article is the indefinite article of a word.
func article(word string) string {
	if word != "" && strings.ContainsRune("AEIOUaeiou", rune(word[0])) {
		return "an"
	}
	return "a"
}

// directive notes a directive of a strategic merge patch, such as $patch: replace. The lists next to
// it are judged, what it removes is not.
func (r *reader) directive(key *yaml.Node) {
	for _, n := range r.notJudged {
		if n.Line == key.Line {
			return // it was read before, with the budget of aliases
		}
	}
	r.notJudged = append(r.notJudged, NotJudged{File: r.name, Line: key.Line, What: "the directive " + keyText(key) + " of a kustomize patch: what it removes is known only after it is rendered", Hint: renders})
}

// isAnsible reports whether a list is a playbook or a list of tasks.
func isAnsible(n *yaml.Node) bool {
	for _, item := range n.Content {
		for _, key := range []string{"hosts", "tasks", "kubernetes.core.k8s", "redhat.openshift.k8s", "k8s", "community.kubernetes.k8s", "block", "roles"} {
			if hasKey(resolve(item), key) {
				return true
			}
		}
	}
	return false
}

// isKustomization reports whether an object without a type is a kustomization, which needs none.
func isKustomization(n *yaml.Node) bool {
	for _, key := range []string{"resources", "patches", "patchesStrategicMerge", "patchesJson6902", "components", "configMapGenerator"} {
		if hasKey(n, key) {
			return true
		}
	}
	return false
}

func hasKey(n *yaml.Node, key string) bool {
	if n == nil || n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if keyText(n.Content[i]) == key {
			return true
		}
	}
	return false
}

// maxMentioned bounds the nodes that are searched, because aliases repeat them.
const maxMentioned = 1_000_000

// mention searches a tree for the lists.
type mention struct{ left int }

// in reports whether the lists are named: as a key, by a JSON pointer, in a text that contains
// such a key, or as the ConfigMap.
func (m *mention) in(n *yaml.Node, depth int) bool {
	n = resolve(n)
	m.left--
	switch {
	case n == nil:
		return false
	case m.left < 0, depth > maxDepth:
		return true // it was not searched to the end, so it may name them
	case n.Kind == yaml.ScalarNode:
		return mentionsText(n.Value)
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if strings.EqualFold(keyText(c), flowsKey) {
				return true
			}
			continue
		}
		if m.in(c, depth+1) {
			return true
		}
	}
	return false
}

func mentionsText(text string) bool {
	if text == validation.FlowsConfigName || strings.HasPrefix(text, specKey+"."+flowsKey) && !strings.ContainsAny(text, " \n") {
		return true
	}
	if strings.Contains(text, validation.FlowsConfigName) && strings.Contains(strings.NewReplacer(`"`, "", "'", "", " ", "").Replace(text), "kind:ConfigMap") {
		return true
	}
	_, after, found := strings.Cut(text, flowsKey)
	return found && (strings.Contains(text, "/"+specKey+"/"+flowsKey) || strings.HasPrefix(strings.TrimLeft(after, `"' `), ":"))
}
