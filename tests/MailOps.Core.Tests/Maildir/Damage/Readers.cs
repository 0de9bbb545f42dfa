using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Names;
using MailOps.Maildir.Quota;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Damage;

/// <summary>Every reader of the store's small files, with files that are whole, and with what holds whatever is read.</summary>
internal static partial class Readers
{
    private const string Base = "1764000000.M000001P7Q8.host,S=23,W=24";

    internal static IReadOnlyDictionary<string, (byte[][] Whole, Action<byte[]> Read)> All { get; } = new Dictionary<string, (byte[][], Action<byte[]>)>(StringComparer.Ordinal)
    {
        ["dovecot-uidlist"] = (
            [
                UidList.Format(1764000000, 12, new string('a', 32), [new UidLine(1, MessageName.Of(Base), -1, ""), new UidLine(7, MessageName.Of("foreign"), 99, "P12 Gabc"), new UidLine(11, MessageName.Of(Base + "x"), 4, "")]),
                "3 V1275660208 N25022 G3085f01b7f11094c501100008c4a11c1\n25006 :1276528487.M364837P9451.kurkku,S=1355,W=1394:2,\n25017 W2481 P123 :1276533073.M242911P3632.kurkku:2,F\n"u8.ToArray(),
            ],
            ReadUidList),
        ["dovecot-keywords"] = (["0 $Forwarded\n1 NonJunk\n25 last\n"u8.ToArray()], octets => ReadKeywords(octets, [])),
        ["mailops-keywords"] = (["26 NonJunk\n27 Work\n55 last\n"u8.ToArray()], octets => ReadKeywords("0 work\n"u8.ToArray(), octets)),
        ["mailops-uidseal"] = ([new UidSeal(1764000000, 12, 4711, 345, 99999999999, new DurableList(11, 300, 88888888888)).Format()], ReadSeal),
        ["maildirsize"] = (["1000000S,100C\n5000 3\n120 1\n-50 -1\n"u8.ToArray(), MaildirSize.Format(new MailQuota(), 17, 2)], ReadQuota),
        ["subscriptions"] = (["V\t2\n\nINBOX\nArchive\t2026\n&AOQ-b\n"u8.ToArray(), "INBOX.Old\nOther\n"u8.ToArray()], ReadSubscriptions),
        ["mailops-log"] = ([WholeLog()], ReadLog),
        ["mailops-cache"] = ([WholeCache()], ReadCache),
        ["names of message files"] = ([Encoding.UTF8.GetBytes(Base + ":2,FSab"), "1276533073.M242911P3632.kurkku:2,F"u8.ToArray()], ReadFileName),
        ["names of folders"] = ([".Archive.2026"u8.ToArray(), ".&AOQ-&AOQ-.b&AC4-c"u8.ToArray(), ".INBOX.x"u8.ToArray()], ReadFolderName),
    };

    private static void ReadUidList(byte[] octets)
    {
        var list = UidList.Parse(octets);
        CheckLines(list);
        if (list.IsDamaged)
            return;
        Assert.True(list.UidValidity > 0);
        Assert.InRange(list.WholeLength, 1, octets.Length);
        Assert.Equal((byte)'\n', octets[list.WholeLength - 1]);

        // What was read is written so that it is read again.
        var again = UidList.Parse(UidList.Format(list.UidValidity, list.NextUid, list.Guid.Length == 0 ? new string('0', 32) : list.Guid, list.Lines));
        Assert.False(again.IsDamaged);
        Assert.Equal(list.NextUid, again.NextUid);
        Assert.Equal(list.Lines.Select(line => (line.Uid, line.Base)), again.Lines.Select(line => (line.Uid, line.Base)));
    }

    private static void CheckLines(UidList list)
    {
        var last = 0u;
        foreach (var line in list.Lines)
        {
            Assert.True(line.Uid > last, "UIDs go up.");
            Assert.True(line.Uid < list.NextUid, "No UID is at or above the next.");
            Assert.True(line.Base.Length > 0, "A name has octets.");
            Assert.DoesNotContain('/', line.Base.ToString());
            Assert.DoesNotContain('\n', line.Base.ToString());
            last = line.Uid;
        }
    }

    private static void ReadKeywords(byte[] shared, byte[] more)
    {
        var table = KeywordTable.Parse(shared, more);
        Assert.InRange(table.Names.Count, 0, KeywordTable.Most);
        Assert.Equal(table.Names.Count, table.Names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        var again = KeywordTable.Parse(table.Format(), table.FormatMore());
        Assert.Equal(table.Names, again.Names);
        foreach (var name in table.Names)
            Assert.Equal((table.LetterOf(name), table.BitsOf(name)), (again.LetterOf(name), again.BitsOf(name)));
    }

    private static void ReadSeal(byte[] octets)
    {
        if (UidSeal.Parse(octets) is not { } seal)
            return;
        Assert.Equal(seal, UidSeal.Parse(seal.Format()));
        var list = UidList.Parse("3 V5 N9 Gaa\n"u8.ToArray());
        _ = seal.Allows(list, octets, seal.Inode);
    }

    private static void ReadFileName(byte[] octets)
    {
        var name = Encoding.UTF8.GetString(octets);
        var start = MessageFileName.InfoStart(name);
        Assert.InRange(start, 0, name.Length);
        Assert.InRange(MessageFileName.SizeIn(name.AsSpan(0, start), 'S'), -1, long.MaxValue);
        Assert.InRange(MessageFileName.SizeIn(name.AsSpan(0, start), 'W'), -1, long.MaxValue);
        Assert.Equal(MessageFileName.SizeIn(name.AsSpan(0, start), 'S'), MessageName.Of(name[..start]).SizeIn('S'));
        var flags = MessageFileName.SystemFlagsOf(MessageFileName.Letters(name.AsSpan(start)));
        var info = MessageFileName.InfoOf(flags, [], MessageFileName.Letters(name.AsSpan(start)));
        Assert.Equal(flags, MessageFileName.SystemFlagsOf(MessageFileName.Letters(info)));
        Assert.Equal(0, ArrivalOrder.Compare(MessageName.Of(name), MessageName.Of(name)));
        Assert.Equal(-Math.Sign(ArrivalOrder.Compare(MessageName.Of(name), MessageName.Of(Base))), Math.Sign(ArrivalOrder.Compare(MessageName.Of(Base), MessageName.Of(name))));
    }

    private static void ReadFolderName(byte[] octets)
    {
        var directory = Encoding.UTF8.GetString(octets);
        if (!MailboxPath.TryFromDirectory(directory, out var name))
            return;
        Assert.True(MailboxPath.TryNormalize(name, out var normal));
        Assert.Equal(name, normal);
        Assert.DoesNotContain("..", name.Split('/'));
    }
}
