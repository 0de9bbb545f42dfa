using MailOps.Client.Maildirs;
using Xunit;

namespace MailOps.Client.Tests.Maildirs;

public sealed class MaildirReaderTests : IDisposable
{
    private readonly TestMaildir _maildir = new();

    public MaildirReaderTests()
    {
        _maildir.Make(".Archive.2026");
        _maildir.Put("dovecot-uidlist", "3 V77 N10 G0123456789abcdef0123456789abcdef\n4 W23 :1700000002.M1P1.host\n7 :1700000001.M1P1.host,S=40,W=43\n");
        _maildir.Put("dovecot-keywords", "0 Work\n");
        _maildir.Put("cur/1700000001.M1P1.host,S=40,W=43:2,FSa", "From: boss@x.org\nSubject: two invoice\n\nhello\n", new DateTime(2026, 1, 2, 0, 0, 0, DateTimeKind.Utc));
        _maildir.Put("cur/1700000002.M1P1.host:2,S", "Subject: first\n\nx\n", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _maildir.Put("new/1700000003.M1P1.host", "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nTMO2d2U=\n");
        _maildir.Put(".Archive.2026/new/1700000004.M1P1.host", "Subject: old\n\nx\n");
    }

    public void Dispose() => _maildir.Dispose();

    [Fact]
    public void Messages_come_by_UID_and_those_without_one_last_and_nothing_changes()
    {
        var before = _maildir.State();
        var messages = Read(new MaildirFilter());
        Assert.Equal([4u, 7u, null], messages.Select(message => message.Uid));
        Assert.Equal(["first", "two invoice", "Grüße"], messages.Select(message => message.Subject));
        Assert.Equal([23L, 43L], messages.Take(2).Select(message => message.Size));
        Assert.Equal(["\\Seen", "\\Flagged", "Work"], messages[1].Flags);
        Assert.Equal("INBOX/7", messages[1].ToString());
        Assert.Equal("Subject: first\r\n\r\nx\r\n", System.Text.Encoding.ASCII.GetString(messages[0].Raw!));
        Assert.Equal(before, _maildir.State());
    }

    [Fact]
    public void Folders_are_counted()
    {
        var folders = MaildirReader.Folders(_maildir.Root, []).ToList();
        Assert.Equal(["INBOX", "Archive/2026"], folders.Select(folder => folder.Folder));
        var inbox = folders[0];
        Assert.Equal((3, 1, 1, 77u, 10u), (inbox.ItemsInFolder, inbox.UnreadItems, inbox.Unnumbered, inbox.UidValidity!.Value, inbox.UidNext!.Value));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), inbox.OldestItemReceivedDate);
        Assert.Null(folders[1].UidValidity);
    }

    public static TheoryData<string, MaildirFilter> Filters() => new()
    {
        { "7", new MaildirFilter { Flag = ["\\Flagged", "work"] } },
        { "-", new MaildirFilter { NotFlag = ["\\Seen"] } },
        { "4", new MaildirFilter { Before = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero) } },
        { "7 -", new MaildirFilter { Since = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero) } },
        { "7", new MaildirFilter { LargerThan = 23, SmallerThan = 44 } },
        { "7", new MaildirFilter { Header = new Dictionary<string, string> { ["subject"] = "*INVOICE", ["From"] = "boss" } } },
        { "", new MaildirFilter { Header = new Dictionary<string, string> { ["Subject"] = "invoice*" } } },
        { "-", new MaildirFilter { Text = "löwe" } },
        { "-", new MaildirFilter { Text = "GRÜSSE".ToLowerInvariant().Replace("ss", "ß", StringComparison.Ordinal) } },
        { "7", new MaildirFilter { Uid = [7, 99] } },
        { "4", new MaildirFilter { First = 1 } },
    };

    [Theory]
    [MemberData(nameof(Filters), DisableDiscoveryEnumeration = true)]
    public void A_filter_finds_what_it_says(string uids, MaildirFilter filter) =>
        Assert.Equal(uids, string.Join(' ', Read(filter).Select(message => message.Uid?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-")));

    [Fact]
    public void A_message_that_is_renamed_or_removed_meanwhile_is_found_or_gives_null()
    {
        var messages = Read(new MaildirFilter());
        File.Move(messages[0].FullName, messages[0].FullName + "T");
        File.Delete(messages[1].FullName);
        Assert.Equal("first", messages[0].Subject);
        Assert.Null(messages[1].Subject);
        Assert.Null(messages[1].Raw);
        Assert.Empty(messages[1].Headers);
        Assert.Null(messages[1].Message);
    }

    [Fact]
    public void A_folder_is_found_by_name_by_pattern_and_by_its_directory()
    {
        Assert.Equal("old", Assert.Single(Read(new MaildirFilter(), "archive*")).Subject);
        Assert.Equal("Archive/2026", Assert.Single(MaildirReader.Messages(Path.Combine(_maildir.Root, ".Archive.2026"), [], new MaildirFilter(), null, CancellationToken.None)).Folder);
        var error = Assert.Throws<MaildirException>(() => Read(new MaildirFilter(), "Nowhere"));
        Assert.Equal($"There is no folder 'Nowhere' in '{_maildir.Root}'. Get-Maildir lists those there are.", error.Message);
    }

    private List<MaildirMessage> Read(MaildirFilter filter, params string[] folders) => [.. MaildirReader.Messages(_maildir.Root, folders, filter, null, CancellationToken.None)];
}
