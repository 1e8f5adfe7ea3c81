package apk

var (
	ExtractUpTo  = extract
	CutMember    = cutMember
	ParseInfo    = parsePkginfo
	ParseIndex   = parseIndex
	ValidVersion = validVersion
)

func (m member) Raw() []byte      { return m.raw }
func (m member) Unpacked() []byte { return m.unpacked }
