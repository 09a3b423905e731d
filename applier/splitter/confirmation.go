package splitter

import "time"

const (
	// maxWaiting bounds the datagrams that wait for a confirmation, in bytes.
	maxWaiting = 2 << 20
	// askAgain is how long to wait for a confirmation before asking again: the question may be lost.
	askAgain = time.Second
)

// confirmation keeps datagrams until the interfaces are known to have been current when they arrived. An
// interface that changes its owner is in the database before its first packet is. So what was sent before
// the question, and is judged after the answer, is judged by the owner of that time or a later one.
type confirmation struct {
	// memory are the datagrams that wait, and ends where each one ends.
	memory []byte
	ends   []int
	// number is that of the last question. While open, it is not answered yet; covered is how many of the
	// datagrams it is about, and asked when it was asked.
	number  uint64
	open    bool
	covered int
	asked   time.Time
}

// wait keeps a datagram; false if there is no room.
func (c *confirmation) wait(datagram []byte) bool {
	if len(c.memory)+len(datagram) > maxWaiting {
		return false
	}
	c.memory = append(c.memory, datagram...)
	c.ends = append(c.ends, len(c.memory))
	return true
}

// ask returns the number of a question to ask now; false for none.
func (c *confirmation) ask(now time.Time) (number uint64, wanted bool) {
	if len(c.ends) == 0 {
		*c = confirmation{number: c.number} // a burst needs memory only while it lasts
		return 0, false
	}
	if c.open && now.Sub(c.asked) < askAgain {
		return 0, false
	}
	c.number++
	c.open, c.covered, c.asked = true, len(c.ends), now
	return c.number, true
}

// answered hands over the datagrams that a question was about.
func (c *confirmation) answered(number uint64, handle func(datagram []byte)) bool {
	if !c.open || number != c.number {
		return false
	}
	c.open = false
	begin := 0
	for _, end := range c.ends[:c.covered] {
		handle(c.memory[begin:end])
		begin = end
	}
	rest := copy(c.memory, c.memory[begin:])
	c.memory = c.memory[:rest]
	c.ends = append(c.ends[:0], c.ends[c.covered:]...)
	for i := range c.ends {
		c.ends[i] -= begin
	}
	return true
}

// drop forgets what waits, and says how much it was.
func (c *confirmation) drop() int {
	n := len(c.ends)
	*c = confirmation{number: c.number}
	return n
}
