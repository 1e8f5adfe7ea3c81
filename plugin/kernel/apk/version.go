package apk

import (
	"cmp"
	"slices"
	"strings"
)

const (
	digits    = "0123456789"
	lowerCase = "abcdefghijklmnopqrstuvwxyz"
	upperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// kind is what a part of a version is. A version is
// number{.number}{letter}{_suffix{number}}{~commit}{-rnumber} (apk-package(5)),
// and where two versions differ in kind the one with the smaller is newer.
type kind int

const (
	firstNumber kind = iota
	number
	letter
	suffix
	suffixNumber
	commit
	revision
	end
	invalid
)

// part is one component of a version.
type part struct {
	kind kind
	text string // without what introduces it
}

// suffixRank is the place of a suffix in their order, or -1. A version with one
// below the empty suffix's comes before the version without it.
func suffixRank(s string) int {
	return slices.Index([]string{"alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"}, s)
}

func (p part) preRelease() bool {
	return p.kind == suffix && suffixRank(p.text) < suffixRank("")
}

// CompareVersions returns -1 when a is older than b, 1 when it is newer, and 0
// when they are the same, as apk does (apk-tools: src/version.c).
func CompareVersions(a, b string) int {
	as, bs := versionParts(a), versionParts(b)
	for i, p := range as {
		q := bs[i] // is there: the last kinds end no other version's parts
		if p.kind != q.kind {
			return compareKinds(p, q)
		}
		if c := compareParts(p, q); c != 0 {
			return c
		}
	}
	return 0
}

func compareKinds(p, q part) int {
	switch {
	case p.preRelease():
		return -1
	case q.preRelease():
		return 1
	}
	return cmp.Compare(q.kind, p.kind)
}

// compareParts compares parts of the same kind.
func compareParts(p, q part) int {
	switch p.kind {
	case number:
		if strings.HasPrefix(p.text, "0") || strings.HasPrefix(q.text, "0") {
			return cmp.Compare(p.text, q.text) // 1.05 is before 1.1
		}
		return compareNumbers(p.text, q.text)
	case firstNumber, suffixNumber, revision:
		return compareNumbers(p.text, q.text)
	case suffix:
		return cmp.Compare(suffixRank(p.text), suffixRank(q.text))
	}
	return cmp.Compare(p.text, q.text)
}

// compareNumbers compares decimal numbers of any length.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// versionParts takes a version apart. The last part is of kind end, or invalid.
func versionParts(version string) []part {
	text, rest := cutSpan(version, digits)
	parts := []part{{firstNumber, text}}
	if text == "" {
		return []part{{kind: invalid}}
	}
	for rest != "" {
		var p part
		p, rest = nextPart(parts[len(parts)-1].kind, rest)
		parts = append(parts, p)
		if p.kind == invalid {
			return parts
		}
	}
	return append(parts, part{kind: end})
}

// nextPart takes the part off the head of s that follows one of the kind last.
func nextPart(last kind, s string) (part, string) {
	p := part{kind: invalid}
	switch {
	case s[0] == '.' && last <= number:
		p.kind = number
		p.text, s = cutSpan(s[1:], digits)
	case strings.IndexByte(digits, s[0]) >= 0 && last == suffix:
		p.kind = suffixNumber
		p.text, s = cutSpan(s, digits)
	case strings.IndexByte(lowerCase, s[0]) >= 0 && last <= number:
		p.kind = letter
		p.text, s = s[:1], s[1:]
	case s[0] == '_' && last <= suffixNumber:
		p.kind = suffix
		p.text, s = cutSpan(s[1:], lowerCase)
		if suffixRank(p.text) < 0 {
			p.text = ""
		}
	case s[0] == '~' && last < commit:
		p.kind = commit
		p.text, s = cutSpan(s[1:], digits+"abcdefABCDEF")
	case strings.HasPrefix(s, "-r") && last < revision:
		p.kind = revision
		p.text, s = cutSpan(s[2:], digits)
	}
	if p.text == "" {
		return part{kind: invalid}, ""
	}
	return p, s
}

// cutSpan splits s behind its leading bytes that are in the set.
func cutSpan(s, set string) (span, rest string) {
	rest = strings.TrimLeft(s, set)
	return s[:len(s)-len(rest)], rest
}
