package document

import (
	"errors"
	"fmt"
	"slices"

	"sluice/validation"
)

// maxCopied is how many bytes the copy operations of a patch may add, as in the API server.
const maxCopied = 3 << 20

// maxFlowsPath is the length of the path of a collector: spec, exportNetworkFlows, format, collectors,
// index.
const maxFlowsPath = 5

// The reasons why an operation can't be made.
var (
	errMissing    = errors.New("there is no such place; write a path that exists, or add its parents first")
	errTest       = errors.New("the test fails; write the value that is there")
	errUnknownOp  = errors.New("is no operation; write add, replace, remove, move, copy or test")
	errNotObject  = errors.New("only an object or a list can replace the whole object")
	errCopied     = fmt.Errorf("copies add more than %d MiB, which the API server refuses; write the values with add", maxCopied>>20)
	errUnknown    = errors.New("not known")
	errFromStored = errors.New("can't be checked: what it writes is in the stored object; use --old, or write the value with add")
)

// patcher makes operations in a tree.
type patcher struct {
	root *node
	// copied counts the bytes of copies.
	copied int
	// unknown says that an operation depends on what is not known.
	unknown bool
}

// apply makes an operation. An error wraps errUnknown if only the stored object can tell.
func (p *patcher) apply(o patchOperation) error {
	if path := tokens(o.pointer); aboutFlows(o.pointer) && len(path) > maxFlowsPath {
		return errMissing // collectors are strings
	}
	switch o.op {
	case "add", "replace":
		return p.write(tokens(o.pointer), nodeOf(o.value), o.at, o.op == "replace")
	case "remove":
		return p.remove(tokens(o.pointer), o.at)
	case "test":
		return p.test(tokens(o.pointer), o.value)
	case "move", "copy":
		return p.move(o)
	}
	return errUnknownOp
}

// parent finds the container of a path, and its last token. Parents that are not known are created if
// a position for them is given.
func (p *patcher) parent(path []string, at validation.Position) (*node, string, error) {
	if len(path) == 0 {
		return nil, "", errMissing
	}
	n := p.root
	for i, token := range path[:len(path)-1] {
		n.becomes(token, at)
		next := n.child(token)
		if next == nil {
			if !n.partial {
				return nil, "", errMissing
			}
			next = &node{partial: true, at: at}
			if n.kind == validation.List {
				return nil, "", errUnknown
			}
			n.put(path[i], next, at)
		}
		n = next
	}
	n.becomes(path[len(path)-1], at)
	if n.kind != validation.Map && n.kind != validation.List {
		return nil, "", errMissing
	}
	return n, path[len(path)-1], nil
}

// becomes makes a container of a value that is not known.
func (n *node) becomes(token string, at validation.Position) {
	if !n.partial || n.kind != validation.Absent {
		return
	}
	n.kind, n.at = validation.Map, at
	if isIndex(token) {
		n.kind = validation.List
	}
}

// child is what a token leads to; nil if there is nothing, or it is not known.
func (n *node) child(token string) *node {
	if n.kind != validation.List {
		return n.get(token)
	}
	if i, ok := index(token, len(n.items)); ok && !n.partial {
		return n.items[i]
	}
	return nil
}

func (p *patcher) write(path []string, v *node, at validation.Position, replace bool) error {
	if len(path) == 0 {
		if !replace || v.kind != validation.Map && v.kind != validation.List {
			return errNotObject
		}
		p.root = v
		return nil
	}
	n, token, err := p.parent(path, at)
	switch {
	case err != nil:
		return err
	case n.kind == validation.Map:
		n.put(token, v, at)
		return nil
	case n.partial:
		return p.writeUnknown(n, token, v, replace)
	case token == "-" && !replace:
		n.items = append(n.items, v)
		return nil
	case replace:
		i, ok := index(token, len(n.items))
		if !ok {
			return errMissing
		}
		n.items[i] = v
		return nil
	}
	i, ok := index(token, len(n.items)+1)
	if !ok {
		return errMissing
	}
	n.items = slices.Insert(n.items, i, v)
	return nil
}

// writeUnknown writes an item of a list that is not known: the items that a patch writes are judged,
// no matter where they are.
func (p *patcher) writeUnknown(n *node, token string, v *node, replace bool) error {
	if !isIndex(token) || replace && token == "-" {
		return errMissing
	}
	i, ok := index(token, len(n.items)+1)
	if replace || !ok {
		p.unknown = p.unknown || token != "-"
		i = len(n.items)
	}
	n.items = slices.Insert(n.items, i, v)
	return nil
}

func (p *patcher) remove(path []string, at validation.Position) error {
	n, token, err := p.parent(path, at)
	switch {
	case err != nil:
		return err
	case n.kind == validation.Map && n.partial:
		p.unknown = p.unknown || n.get(token) == nil
		n.put(token, &node{kind: validation.Null, at: at}, at)
		return nil
	case n.partial:
		if !isIndex(token) || token == "-" {
			return errMissing
		}
		return errUnknown
	case n.kind == validation.Map:
		if n.get(token) == nil {
			return errMissing
		}
		delete(n.members, token)
		return nil
	}
	i, ok := index(token, len(n.items))
	if !ok {
		return errMissing
	}
	n.items = slices.Delete(n.items, i, i+1)
	return nil
}

// find is the value at a path.
func (p *patcher) find(path []string) (*node, error) {
	n := p.root
	for _, token := range path {
		next := n.child(token)
		switch {
		case next == nil && n.partial:
			return nil, errUnknown
		case next == nil:
			return nil, errMissing
		}
		n = next
	}
	if n.partial {
		return nil, errUnknown
	}
	return n, nil
}

func (p *patcher) test(path []string, want validation.Value) error {
	n, err := p.find(path)
	switch {
	case errors.Is(err, errMissing) && want.Kind == validation.Null:
		return nil
	case err != nil:
		return err
	case !n.value().Equal(want):
		return errTest
	}
	return nil
}

// move makes a move or a copy.
func (p *patcher) move(o patchOperation) error {
	from := tokens(o.from)
	if o.from != "" && o.from[0] != '/' {
		return errMissing
	}
	n, err := p.find(from)
	if err != nil && !errors.Is(err, errUnknown) {
		return err
	}
	unknown := err != nil
	if o.op == "move" {
		if err := p.remove(from, o.at); err != nil && !errors.Is(err, errUnknown) {
			return err
		}
	}
	switch {
	case unknown && (aboutFlows(o.pointer) || o.pointer == "/"+specKey):
		return errFromStored
	case unknown:
		return errUnknown
	case o.op == "copy":
		if p.copied += n.size(); p.copied > maxCopied {
			return errCopied
		}
		n = nodeOf(n.value())
	}
	return p.write(tokens(o.pointer), n, o.at, false)
}
