package apk

var (
	ExtractUpTo  = extract
	CutMember    = cutMember
	ParseInfo    = parsePkginfo
	ParseIndex   = parseIndex
	ValidVersion = validVersion
)
