package ovs

import (
	"encoding/hex"
	"strconv"
	"strings"
)

const (
	// rememberedRepairs is how many repairs are stored for each format.
	rememberedRepairs = 16
	// HeaviestRepair is the largest weight of a repair.
	HeaviestRepair = 99
)

// Repairs are the newest repairs of one format, so that an agent that starts knows how often
// earlier ones undid another writer's changes.
type Repairs struct {
	// Desired is the hash of the exporter that was desired; empty for none.
	Desired string
	// List is oldest first. Unused entries, at the end, are zero.
	List [rememberedRepairs]Repair
}

// Repair is one repair.
type Repair struct {
	// At is when, in seconds since the Unix epoch; 0 for no repair.
	At int64
	// Weight is what it counts for, at least 1.
	Weight uint8
}

// Made are the repairs in the list.
func (r Repairs) Made() []Repair {
	for i := range r.List {
		if r.List[i].At == 0 {
			return r.List[:i]
		}
	}
	return r.List[:]
}

// With adds a repair. The oldest one is dropped if there are too many.
func (r Repairs) With(next Repair) Repairs {
	made := append(append([]Repair{}, r.Made()...), next)
	added := Repairs{Desired: r.Desired}
	copy(added.List[:], made[max(0, len(made)-rememberedRepairs):])
	return added
}

// none is the stored text if nothing was desired.
const none = "-"

// String is the text that is stored: "HASH:SECONDS,SECONDS*WEIGHT", with "-" for no hash.
func (r Repairs) String() string {
	made := r.Made()
	if len(made) == 0 {
		return ""
	}
	parts := make([]string, len(made))
	for i, one := range made {
		parts[i] = strconv.FormatInt(one.At, 10)
		if one.Weight > 1 {
			parts[i] += "*" + strconv.Itoa(int(one.Weight))
		}
	}
	hash := r.Desired
	if hash == "" {
		hash = none
	}
	return hash + ":" + strings.Join(parts, ",")
}

// parseRepairs reads the stored text. One that Sluice would not write is no text: nothing of it can
// be relied on.
func parseRepairs(text string) Repairs {
	hash, list, _ := strings.Cut(text, ":")
	var r Repairs
	if hash != none {
		if sum, err := hex.DecodeString(hash); err != nil || len(sum) != hashBytes || hash != strings.ToLower(hash) {
			return Repairs{}
		}
		r.Desired = hash
	}
	for part := range strings.SplitSeq(list, ",") {
		seconds, weight, weighted := strings.Cut(part, "*")
		if !weighted {
			weight = "1"
		}
		at, err := strconv.ParseInt(seconds, 10, 64)
		heavy, heavyErr := strconv.ParseUint(weight, 10, 8)
		if err != nil || heavyErr != nil || at <= 0 || heavy < 1 || heavy > HeaviestRepair || len(r.Made()) == rememberedRepairs {
			return Repairs{}
		}
		r = r.With(Repair{At: at, Weight: uint8(heavy)})
	}
	return r
}
