package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// row is a row of the table of results: the columns "baseline" and "Sluice".
type row struct{ baseline, sluice string }

// parse maps the first column of the table to its row.
func parse(page string) map[string]row {
	rows := map[string]row{}
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) == 6 {
			rows[strings.TrimSpace(cells[0])] = row{strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])}
		}
	}
	return rows
}

var quantity = regexp.MustCompile(`^([0-9.]+)(?: (ms|s))?\b`)

// number reads the number at the beginning of a cell. Times are in milliseconds.
func number(cell string) (float64, error) {
	match := quantity.FindStringSubmatch(cell)
	if match == nil {
		return 0, fmt.Errorf("%q begins with no number", cell)
	}
	value, err := strconv.ParseFloat(match[1], 64)
	if match[2] == "s" {
		value *= 1000
	}
	return value, err
}
