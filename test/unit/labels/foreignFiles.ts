/** Texts as other programs write them, with what is odd in real ones. */

const slot = (id: number, ms?: number): string =>
  `<TIME_SLOT TIME_SLOT_ID="ts${id}"${ms === undefined ? "" : ` TIME_VALUE="${ms}"`}/>`;
const aligned = (id: string, from: number, to: number, value: string, more = ""): string =>
  `<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="${id}" TIME_SLOT_REF1="ts${from}" TIME_SLOT_REF2="ts${to}"${more}><ANNOTATION_VALUE>${value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>`;
const reference = (id: string, to: string, value: string, previous?: string): string =>
  `<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="${id}" ANNOTATION_REF="${to}"${previous === undefined ? "" : ` PREVIOUS_ANNOTATION="${previous}"`}><ANNOTATION_VALUE>${value}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>`;

/** As ELAN 6 saves a project of linguists: every kind of tier, vocabularies here and elsewhere, linked files. */
export const elanProject = `<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="M. Mustermann" DATE="2023-05-04T10:11:12+01:00" FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
<LICENSE LICENSE_URL="https://example.org/licence">CC BY</LICENSE>
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
<MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/Users/mm/Interview%201.mp4" MIME_TYPE="video/mp4" RELATIVE_MEDIA_URL="./Interview%201.mp4"/>
<LINKED_FILE_DESCRIPTOR LINK_URL="file:///C:/Users/mm/glove.csv" MIME_TYPE="text/plain" RELATIVE_LINK_URL="./glove.csv"/>
<PROPERTY NAME="URN">urn:nl-mpi-tools-elan-eaf:00000000-0000-0000-0000-000000000000</PROPERTY>
<PROPERTY NAME="lastUsedAnnotationId">20</PROPERTY>
</HEADER>
<TIME_ORDER>${slot(1, 1000)}${slot(2, 1000)}${slot(3)}${slot(4, 2000)}${slot(5, 2000)}${slot(6, 2500)}${slot(7, 3100)}</TIME_ORDER>
<TIER LINGUISTIC_TYPE_REF="utterance" PARTICIPANT="P1" ANNOTATOR="mm" TIER_ID="Äußerung">${aligned("a1", 1, 4, "he&#39;s run &amp; f&#xE4;llt &lt;laughs&gt;")}${aligned("a2", 6, 7, "")}</TIER>
<TIER DEFAULT_LOCALE="de" LINGUISTIC_TYPE_REF="syllables" PARENT_REF="Äußerung" TIER_ID="syllables">${aligned("a3", 2, 3, "he")}${aligned("a4", 3, 5, "ran", ` EXT_REF="er2"`)}</TIER>
<TIER LINGUISTIC_TYPE_REF="words" PARENT_REF="Äußerung" PARTICIPANT="P1" TIER_ID="words">${reference("a5", "a1", "he")}${reference("a6", "a1", "ran", "a5")}${reference("a7", "a1", "and", "a6")}${reference("a8", "a1", "fell", "a7")}</TIER>
<TIER LINGUISTIC_TYPE_REF="pos" PARENT_REF="words" TIER_ID="pos">${reference("a9", "a5", "PRON")}${reference("a10", "a6", "VERB")}${reference("a11", "a8", "VERB")}</TIER>
<TIER LINGUISTIC_TYPE_REF="gesture" PARENT_REF="Äußerung" TIER_ID="gesture">${aligned("a12", 6, 7, "beat")}</TIER>
<TIER LINGUISTIC_TYPE_REF="utterance" TIER_ID="empty tier"/>
<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="utterance" TIME_ALIGNABLE="true"/>
<LINGUISTIC_TYPE CONSTRAINTS="Time_Subdivision" GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="syllables" TIME_ALIGNABLE="true"/>
<LINGUISTIC_TYPE CONSTRAINTS="Symbolic_Subdivision" EXT_REF="er2" GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="words" TIME_ALIGNABLE="false"/>
<LINGUISTIC_TYPE CONSTRAINTS="Symbolic_Association" CONTROLLED_VOCABULARY_REF="POS" GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="pos" TIME_ALIGNABLE="false"/>
<LINGUISTIC_TYPE CONSTRAINTS="Included_In" CONTROLLED_VOCABULARY_REF="elsewhere" GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="gesture" TIME_ALIGNABLE="true"/>
<LOCALE COUNTRY_CODE="DE" LANGUAGE_CODE="de"/>
<LANGUAGE LANG_DEF="http://cdb.iso.org/lg/CDB-00138502-001" LANG_ID="eng" LANG_LABEL="English (eng)"/>
<CONSTRAINT DESCRIPTION="Time subdivision of parent annotation's time interval, no time gaps allowed within this interval" STEREOTYPE="Time_Subdivision"/>
<CONSTRAINT DESCRIPTION="Symbolic subdivision of a parent annotation. Annotations refering to the same parent are ordered" STEREOTYPE="Symbolic_Subdivision"/>
<CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" STEREOTYPE="Symbolic_Association"/>
<CONSTRAINT DESCRIPTION="Time alignable annotations within the parent annotation's time interval, gaps are allowed" STEREOTYPE="Included_In"/>
<CONTROLLED_VOCABULARY CV_ID="POS"><DESCRIPTION LANG_REF="eng">parts of speech</DESCRIPTION><CV_ENTRY_ML CVE_ID="cveid_1"><CVE_VALUE DESCRIPTION="a doing word" LANG_REF="eng">VERB</CVE_VALUE></CV_ENTRY_ML><CV_ENTRY_ML CVE_ID="cveid_2"><CVE_VALUE DESCRIPTION="" LANG_REF="eng">PRON</CVE_VALUE></CV_ENTRY_ML></CONTROLLED_VOCABULARY>
<CONTROLLED_VOCABULARY CV_ID="elsewhere" EXT_REF="er1"/>
<EXTERNAL_REF EXT_REF_ID="er1" TYPE="ecv" VALUE="file:///C:/Users/mm/gestures.ecv"/>
<EXTERNAL_REF EXT_REF_ID="er2" TYPE="iso12620" VALUE="http://www.isocat.org/datcat/DC-1306"/>
</ANNOTATION_DOCUMENT>
`;

/** As Praat saves it: quotes, a line break, intervals without a text side by side, a tier of points. */
export const praatLong = `File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0 
xmax = 3.5 
tiers? <exists> 
size = 3 
item []: 
    item [1]:
        class = "IntervalTier" 
        name = "says ""who""" 
        xmin = 0 
        xmax = 3.5 
        intervals: size = 5 
        intervals [1]:
            xmin = 0 
            xmax = 0.5 
            text = "" 
        intervals [2]:
            xmin = 0.5 
            xmax = 0.8 
            text = "" 
        intervals [3]:
            xmin = 0.8 
            xmax = 1.75 
            text = "she said ""no"" = 1" 
        intervals [4]:
            xmin = 1.75 
            xmax = 2.5 
            text = "" 
        intervals [5]:
            xmin = 2.5 
            xmax = 3.5 
            text = "two
lines" 
    item [2]:
        class = "TextTier" 
        name = "tones" 
        xmin = 0 
        xmax = 3.5 
        points: size = 1 
        points [1]:
            number = 1.1 
            mark = "H*" 
    item [3]:
        class = "IntervalTier" 
        name = "nothing" 
        xmin = 0 
        xmax = 3.5 
        intervals: size = 1 
        intervals [1]:
            xmin = 0 
            xmax = 3.5 
            text = "" 
`;

/** Praat's short form, with a comment and numbers as Praat alone takes them. */
export const praatShort = `File type = "ooTextFile"
Object class = "TextGrid"

0
2.5
<exists>
2 tiers ! a comment with "quotes" and 7
"IntervalTier"
"words"
0
2.5
3
0
1/2
""
5e-1
100%
"hi"
0x1.0p0
2.5s
""
"IntervalTier"
"words"
0
2.5
1
0
2.5
"ø ʃ"
`;

export const subRip = `\uFEFF1
00:00:01,000 --> 00:00:02,500
<i>First</i> line

which goes on after an empty one

2
00:00:02,500 --> 00:00:03,000 X1:40 X2:600 Y1:20 Y2:50
7
3
00:00:04.000 --> 00:00:05.000
no empty line before
`;

export const webVtt = `WEBVTT - made by hand
Kind: captions

NOTE
a remark

STYLE
::cue { color: lime }

intro
00:01.000 --> 00:02.000 align:start
<v.loud Esther>Hi &amp; <i>welcome</i>&nbsp;all

00:00:02.000 --> 00:00:03.000
<v Bob>a < b &lt;c&gt;

stray text

1:00:00.000 --> 1:00:01.500
<00:30.000>nobody
`;
