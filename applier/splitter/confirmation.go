package splitter

import "time"

const (
	// maxWaiting bounds the datagrams that wait for a confirmation, in bytes.
	maxWaiting = 2 << 20
	// askAgain is how long to wait for a confirmation before asking again: the question may be lost, and more
	// datagrams may wait. Answers that take longer are late.
	askAgain = time.Second
	// maxQuestions bounds the questions that have no answer yet.
	maxQuestions = 16
)

// confirmation keeps datagrams until the interfaces are known to have been current when they arrived. An
// interface that changes its owner is in the database before its first packet is. So what was sent before
// the question, and is judged after the answer, is judged by the owner of that time or a later one.
type confirmation struct {
	// memory are the datagrams that wait, and ends where each one ends.
	memory []byte
	ends   []int
	// number is that of the last question, and open are those without an answer, the oldest first.
	number uint64
	open   []asked
}

// asked is a question: it is about so many of the datagrams that wait. Its time is zero if the clock was set since.
type asked struct {
	number uint64
	about  int
	at     time.Time
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
	if n := len(c.open); n > 0 && now.Sub(c.open[n-1].at) < askAgain {
		return 0, false
	}
	if len(c.open) == maxQuestions {
		c.open = append(c.open[:0], c.open[1:]...)
	}
	c.number++
	c.open = append(c.open, asked{number: c.number, about: len(c.ends), at: now})
	return c.number, true
}

// answered hands over the datagrams that a question was about. It returns the question; false if it has no such one.
// Earlier questions are answered with it.
func (c *confirmation) answered(number uint64, handle func(datagram []byte)) (question asked, ok bool) {
	i := 0
	for i < len(c.open) && c.open[i].number != number {
		i++
	}
	if i == len(c.open) {
		return asked{}, false
	}
	question = c.open[i]
	c.open = append(c.open[:0], c.open[i+1:]...)
	begin := 0
	for _, end := range c.ends[:question.about] {
		handle(c.memory[begin:end])
		begin = end
	}
	rest := copy(c.memory, c.memory[begin:])
	c.memory = c.memory[:rest]
	c.ends = append(c.ends[:0], c.ends[question.about:]...)
	for i := range c.ends {
		c.ends[i] -= begin
	}
	for i := range c.open {
		c.open[i].about -= question.about
	}
	return question, true
}

// begins forgets when the questions were asked, because the clock was set.
func (c *confirmation) begins() {
	for i := range c.open {
		c.open[i].at = time.Time{}
	}
}

// drop forgets what waits, and says how much it was.
func (c *confirmation) drop() int {
	n := len(c.ends)
	*c = confirmation{number: c.number}
	return n
}
