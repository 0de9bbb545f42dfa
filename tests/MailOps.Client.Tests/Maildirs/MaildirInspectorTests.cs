using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Client.Maildirs;
using MailOps.Client.Maildirs.Inspection;
using MailOps.Client.Probes;
using MailOps.Maildir;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Maildirs;

public sealed class MaildirInspectorTests : IDisposable
{
    private static readonly DateTime Old = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly TestMaildir _maildir = new();

    public void Dispose() => _maildir.Dispose();

    [Fact]
    public void A_Maildir_that_is_whole_passes_every_check()
    {
        _maildir.Put("new/1700000000.M1P1.host,S=14", "Subject: a\n\nx\n");
        var report = Inspect();
        Assert.Equal(FindingStatus.Pass, report.Verdict);
        Assert.Equal((1, 1), (report.Folders, report.Messages));
        Assert.Equal(18, report.Findings.Count);
        Assert.All(report.Findings, finding => Assert.Equal(FindingStatus.Pass, finding.Status));
    }

    [Theory]
    [InlineData("anyone lr\nuser=jane@example.com lr\n", FindingStatus.Pass)]
    [InlineData("anyone lr\nuser=jane@example.com lrQ\n", FindingStatus.Fail)]
    public async Task A_list_of_rights_that_cannot_be_read_is_told_and_left_to_a_person(string list, FindingStatus expected)
    {
        _maildir.Put("dovecot-acl", list);
        var finding = Assert.Single(Inspect().Findings, finding => finding.Check == "AccessLists");
        Assert.Equal(expected, finding.Status);
        if (expected == FindingStatus.Pass)
            return;
        Assert.StartsWith("Line 2 of the list of rights of INBOX cannot be read", finding.Message, StringComparison.Ordinal);
        Assert.False(Assert.Single(await RepairAsync(), repair => repair.Check == "AccessLists").IsDone);
    }

    public static TheoryData<string, string, FindingStatus> Damages() => new()
    {
        { "WrongSizes", "cur/1700000000.M1P1.host,S=99:2,", FindingStatus.Fail },
        { "WrongSizes", "cur/1700000000.M1P1.host,S=14,W=14:2,", FindingStatus.Fail },
        { "NamesWithoutSize", "new/1700000000.M1P1.host", FindingStatus.Warning },
        { "MisplacedMessages", "1700000000.M1P1.host", FindingStatus.Fail },
        { "MisplacedMessages", "cur/1700000000.M1P1.host,S=14", FindingStatus.Warning },
        { "OrphanedTmp", "tmp/1700000000.M1P1.host", FindingStatus.Warning },
        { "StaleLocks", "dovecot-uidlist.lock", FindingStatus.Warning },
        { "Uids", "cur/1700000000.M1P1.host,S=14:2,", FindingStatus.Warning },
        { "MessageNames", "cur/:2,", FindingStatus.Fail },
        { "MessageNames", "cur/1700000000.M1\nP1.host,S=14:2,S", FindingStatus.Fail },
        { "MessageNames", "new/1700000000.M1P1.host,S=14\t", FindingStatus.Fail },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_damage_is_found_and_put_right_where_it_can_be(string check, string file, FindingStatus status)
    {
        _maildir.Put(file, "Subject: a\n\nx\n", Old);
        var before = _maildir.State();
        var finding = Assert.Single(Inspect(readsContent: true).Findings, finding => finding.Check == check);
        Assert.Equal(status, finding.Status);
        Assert.NotEmpty(finding.Evidence);
        Assert.Equal(before, _maildir.State());

        Assert.DoesNotContain(await RepairAsync(allow: false), repair => repair.IsDone);
        Assert.Equal(before, _maildir.State());
        var repairs = await RepairAsync();
        Assert.Equal(check == "StaleLocks" ? 0 : 1, _maildir.Contents().Count());
        if (check != "NamesWithoutSize")
        {
            Assert.True(Assert.Single(repairs, repair => repair.Check == check).IsDone);
            Assert.Equal(FindingStatus.Pass, Assert.Single(Inspect(readsContent: true).Findings, now => now.Check == check).Status);
        }
    }

    [Theory]
    [InlineData("3 V1 N5 G00000000000000000000000000000001\n1 :a\n1 :b\n", "line 3 has the UID 1 a second time")]
    [InlineData("3 V1 N5 G00000000000000000000000000000001\n2 :a\n1 :b\n", "line 3 has the UID 1 after 2")]
    [InlineData("3 V1 N5 G00000000000000000000000000000001\n2 :a\nrubbish\n", "line 3 is none of its lines ('rubbish')")]
    [InlineData("rubbish\u0007\n", "its first line is no header of version 3 ('rubbish?')")]
    [InlineData("3 N5\n", "its header lacks the UIDVALIDITY or the next UID")]
    public async Task A_damaged_UID_list_says_where_and_is_written_anew(string list, string why)
    {
        _maildir.Put("cur/1700000000.M1P1.host,S=14:2,", "Subject: a\n\nx\n");
        _maildir.Put("dovecot-uidlist", list);
        Assert.StartsWith($"The UID list of INBOX is damaged: {why}. ", Assert.Single(Inspect().Findings, finding => finding.Check == "UidList").Message, StringComparison.Ordinal);
        Assert.Single(await RepairAsync(), repair => repair is { Check: "UidList", IsDone: true });
        Assert.Equal(FindingStatus.Pass, Assert.Single(Inspect().Findings, finding => finding.Check == "UidList").Status);
        Assert.Equal(list, await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(Path.Combine(_maildir.Root, "mailops-lostfound"), "*", SearchOption.AllDirectories))));
    }

    [Fact]
    public async Task Many_damages_at_once_are_repaired_without_losing_an_octet_of_mail()
    {
        _maildir.Make(".Sub");
        Directory.Delete(Path.Combine(_maildir.Root, ".Sub", "tmp"));
        _maildir.Put("new/1700000002.M1P1.host", "Subject: c\n\nx\n");
        _maildir.Put("cur/1700000002.M1P1.host:2,S", "Subject: c2\n\nx\n");
        _maildir.Put("cur/1700000001.M1P1.host,S=1:2,", "Subject: b\n\nx\n");
        _maildir.Put("new/1700000003.M1P1.host,S=5", "");
        _maildir.Put("1700000004.M1P1.host", "Subject: d\n\nx\n");
        _maildir.Put(".Sub/cur/1700000006.M1P1.host:2,Sb", "Subject: e\n\nx\n");
        _maildir.Put(".Sub/dovecot-keywords", "0 A\nfoo\n27 late\n");
        _maildir.Put("maildirsize", "1000S\n5 1\n");
        var mail = _maildir.Contents().ToList();

        var findings = Inspect().Findings.Where(finding => finding.Status != FindingStatus.Pass).Select(finding => finding.Check).Distinct();
        Assert.Equal(["Directories", "DuplicateNames", "EmptyMessages", "Keywords", "MisplacedMessages", "NamesWithoutSize", "Quota", "Uids", "WrongSizes"], findings.Order(StringComparer.Ordinal));
        await RepairAsync();
        Assert.Equal(mail, _maildir.Contents());
        var left = Inspect().Findings.Where(finding => finding.Status != FindingStatus.Pass).Select(finding => finding.Check).Distinct();
        Assert.Equal(["Keywords", "NamesWithoutSize"], left.Order(StringComparer.Ordinal));
        Assert.Equal(5, MaildirReader.Messages(_maildir.Root, ["*"], new MaildirFilter(), null, CancellationToken.None).Count());
    }

    [Fact]
    public void Keywords_past_those_of_Dovecot_have_a_table_of_their_own()
    {
        _maildir.Put("cur/1700000007.M1P1.host,S=15:2,01ABS", "Subject: k\n\nx\n");
        _maildir.Put("mailops-keywords", "26 first\n27 second\n36 third\n");
        Assert.Equal(["\\Seen", "first", "second", "third"], MaildirReader.Messages(_maildir.Root, [], new MaildirFilter(), null, CancellationToken.None).Single(message => message.Flags.Count > 1).Flags);
        Assert.Equal(FindingStatus.Pass, Assert.Single(Inspect().Findings, finding => finding.Check == "Keywords").Status);
        _maildir.Put("mailops-keywords", "26 first\n");
        var lost = Assert.Single(Inspect().Findings, finding => finding.Check == "Keywords");
        Assert.Equal((FindingStatus.Warning, "1"), (lost.Status, lost.Evidence));
    }

    [Fact]
    public void What_a_person_has_to_decide_is_found()
    {
        _maildir.Make(".INBOX");
        _maildir.Make(".Sub");
        _maildir.Make("plain");
        Directory.CreateDirectory(Path.Combine(_maildir.Root, "cur", "sub"));
        _maildir.Put("dovecot-uidlist", "3 V7 N5 G00000000000000000000000000000001\n");
        _maildir.Put(".Sub/dovecot-uidlist", "3 V7 N5 G00000000000000000000000000000002\n1 :x\n2 :x\n3 :unfin");
        var findings = Inspect().Findings.Where(finding => finding.Status == FindingStatus.Warning).ToList();
        Assert.Equal(["HiddenFolders", "HiddenFolders", "MisplacedMessages", "UidList", "UidList", "UidValidity"], findings.Select(finding => finding.Check).Order(StringComparer.Ordinal));
        Assert.Contains(findings, finding => finding.Message.Contains("Rename it to '.plain'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("maildirsize")]
    [InlineData("mailops-layout")]
    [InlineData("mailops-uidseal")]
    [InlineData("mailops-log")]
    [InlineData("subscriptions")]
    [InlineData("dovecot-uidlist.lock")]
    [InlineData("dovecot-uidlist.tmp")]
    [InlineData("dovecot-keywords.tmp")]
    [InlineData("mailops-mailboxes.lock")]
    public void A_directory_in_the_place_of_a_file_is_found_and_the_rest_is_looked_at(string name)
    {
        Directory.CreateDirectory(Path.Combine(_maildir.Root, name));
        _maildir.Put("1700000000.M1P1.host", "Subject: a\n\nx\n", Old);
        var findings = Inspect().Findings;
        var finding = Assert.Single(findings, finding => finding.Check == "FileKinds");
        Assert.Equal((FindingStatus.Fail, $"A directory lies in INBOX where servers have their file '{name}': they can neither read nor replace it. Move it away."), (finding.Status, finding.Message));
        Assert.Contains(findings, finding => finding.Check == "MisplacedMessages" && finding.Status == FindingStatus.Fail);
    }

    [Theory]
    [InlineData("mailops-uidseal")]
    [InlineData("mailops-log")]
    public void A_pipe_in_the_place_of_a_file_is_found(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells what is a pipe.");
        using (var made = System.Diagnostics.Process.Start("mkfifo", Path.Combine(_maildir.Root, name)))
            made.WaitForExit();
        Assert.StartsWith("A pipe lies in INBOX", Assert.Single(Inspect().Findings, finding => finding.Check == "FileKinds").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cur")]
    [InlineData("new")]
    [InlineData("tmp")]
    public async Task A_file_in_the_place_of_a_directory_is_put_aside(string part)
    {
        Directory.Delete(Path.Combine(_maildir.Root, part));
        _maildir.Put(part, "Subject: a\n\nx\n");
        var finding = Assert.Single(Inspect().Findings, finding => finding.Status != FindingStatus.Pass);
        Assert.Equal(("Directories", FindingStatus.Fail), (finding.Check, finding.Status));
        Assert.StartsWith($"INBOX has something else where its directory '{part}' should be: ", finding.Message, StringComparison.Ordinal);
        await RepairAsync();
        Assert.Equal(FindingStatus.Pass, Inspect().Verdict);
        Assert.Single(_maildir.Contents());
    }

    [Fact]
    public void Compressed_mail_has_the_sizes_that_it_should_have()
    {
        _maildir.Put("cur/1700000000.M1P1.host,S=99,W=101:2,", "BZh91AY");
        var finding = Assert.Single(Inspect(readsContent: true).Findings, finding => finding.Check == "WrongSizes");
        Assert.StartsWith("1 message in INBOX is compressed", finding.Message, StringComparison.Ordinal);
        Assert.Equal(FindingStatus.Warning, finding.Status);
    }

    [Fact]
    public async Task Nothing_is_repaired_in_a_message_that_is_added_meanwhile_with_its_date()
    {
        var begun = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var file = _maildir.Put(FormattableString.Invariant($"tmp/{begun}.M1P1Q1.host"), "Subject: a\n\nx\n", Old);
        Assert.Equal(FindingStatus.Pass, Inspect().Verdict);
        await RepairAsync();
        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task A_message_is_no_lock_whatever_its_name_ends_in()
    {
        _maildir.Put("1700000000.M1P1.my.lock", "Subject: a\n\nx\n", Old);
        Assert.DoesNotContain(Inspect().Findings, finding => finding.Check == "StaleLocks" && finding.Status != FindingStatus.Pass);
        await RepairAsync();
        Assert.Single(_maildir.Contents());
    }

    [Fact]
    public async Task A_repair_keeps_a_keyword_that_a_server_added_meanwhile()
    {
        var table = _maildir.Put("dovecot-keywords", "0 first\nodd\n");
        await foreach (var repair in MaildirInspector.RepairAsync(_maildir.Root, null, readsContent: false, AddsAsync, TimeProvider.System, TestContext.Current.CancellationToken))
            Assert.True(repair.IsDone, repair.ToString());
        Assert.Equal("0 first\n1 second\n", await File.ReadAllTextAsync(table, TestContext.Current.CancellationToken));

        async Task<bool> AddsAsync(string target, string action)
        {
            await File.AppendAllTextAsync(table, "1 second\n", TestContext.Current.CancellationToken);
            return true;
        }
    }

    [Fact]
    public async Task Names_are_changed_with_the_list_locked()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program that keeps the lock is Linux's first.");
        var file = _maildir.Put("cur/1700000000.M1P1.host,S=14", "Subject: a\n\nx\n");
        var locked = _maildir.Put("dovecot-uidlist.lock", $"1:{System.Net.Dns.GetHostName()}");
        var repairing = RepairAsync();
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.True(File.Exists(file));
        File.Delete(locked);
        Assert.Contains(await repairing, repair => repair is { Check: "MisplacedMessages", IsDone: true });
        Assert.True(File.Exists(file + ":2,"));
    }

    [Fact]
    public void Links_give_nobody_a_right_and_lead_somewhere()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Rights are looked at on Linux.");
        var message = _maildir.Put("message", "Subject: a\n\nx\n");
        File.CreateSymbolicLink(Path.Combine(_maildir.Root, "new", "1700000000.M1P1.host,S=14"), message);
        Assert.Equal(FindingStatus.Pass, Inspect().Verdict);
        File.Delete(message);
        var finding = Assert.Single(Inspect().Findings, finding => finding.Status != FindingStatus.Pass);
        Assert.StartsWith("A link in new of INBOX leads nowhere", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quota_is_not_passed_where_a_folder_cannot_be_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right there.");
        _maildir.Make(".Sub");
        _maildir.Put("maildirsize", "100S\n0 0\n");
        Assert.Equal(FindingStatus.Pass, Inspect().Verdict);
        Directory.CreateDirectory(Path.Combine(_maildir.Root, ".Sub", "dovecot-uidlist"));
        Assert.Equal(FindingStatus.Blocked, Assert.Single(Inspect().Findings, finding => finding.Check == "Quota").Status);
    }

    [Fact]
    public async Task A_folder_that_nobody_may_enter_hides_no_other_and_is_opened_by_a_repair()
    {
        Peers.RequireRoot("A Maildir of another user");
        _maildir.Make(".Closed");
        _maildir.Make(".Open");
        _maildir.Put(".Closed/cur/1700000000.M1P1.host,S=14:2,", "Subject: a\n\nx\n");
        await PrivateFolder.RunAsync("/bin/chown", "-R", "nobody:nogroup", _maildir.Root);
        await PrivateFolder.RunAsync("/bin/chmod", "000", Path.Combine(_maildir.Root, ".Closed"));
        using var other = new TestMaildir();
        Directory.CreateSymbolicLink(Path.Combine(_maildir.Root, ".Link"), other.Root);
        var failures = new List<MailStoreException>();
        Assert.Equal(["INBOX", "Open"], MaildirReader.Folders(_maildir.Root, [], null, failures).Select(folder => folder.Folder));
        Assert.Equal(2, failures.Count);
        Assert.Empty(MaildirReader.Messages(_maildir.Root, ["*"], new MaildirFilter(), null, CancellationToken.None, failures));
        Assert.Equal(4, failures.Count);
        var findings = Inspect().Findings;
        Assert.Equal(2, findings.Count(finding => finding is { Check: "Directories", Status: FindingStatus.Blocked }));
        Assert.Contains(findings, finding => finding.Check == "Permissions" && finding.Message.StartsWith("1 file or directory in Closed cannot be read by the owner", StringComparison.Ordinal));
        Assert.Contains(await RepairAsync(), repair => repair is { Check: "Permissions", Folder: "Closed", Message: "It was done." });
        Assert.Single(MaildirReader.Messages(_maildir.Root, ["Closed"], new MaildirFilter(), null, CancellationToken.None));
        Assert.Equal("root 700\n", await PrivateFolder.RunAsync("/usr/bin/stat", "-c", "%U %a", other.Root));
    }

    [Fact]
    public async Task A_closed_directory_among_nested_folders_hides_no_other()
    {
        Peers.RequireRoot("A Maildir of another user");
        _maildir.Make("Archive/2026");
        Directory.CreateDirectory(Path.Combine(_maildir.Root, "lost+found"));
        await PrivateFolder.RunAsync("/bin/chown", "-R", "nobody:nogroup", _maildir.Root);
        await PrivateFolder.RunAsync("/bin/chown", "root:root", Path.Combine(_maildir.Root, "lost+found"));
        await PrivateFolder.RunAsync("/bin/chmod", "700", Path.Combine(_maildir.Root, "lost+found"));
        Assert.Equal(["INBOX", "Archive/2026"], MaildirReader.Folders(_maildir.Root, []).Select(folder => folder.Folder));
        Assert.StartsWith("The directory 'lost+found' cannot be looked into", Assert.Single(Inspect().Findings, finding => finding.Status != FindingStatus.Pass).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Owners_and_rights_are_found_and_given_back_and_links_are_left_alone()
    {
        Peers.RequireRoot("Giving files to their owner");
        await PrivateFolder.RunAsync("/bin/chmod", "700", _maildir.Root);
        var foreign = _maildir.Put("cur/1700000000.M1P1.host,S=14:2,", "Subject: a\n\nx\n");
        var secret = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        await File.WriteAllTextAsync(secret, "root's");
        try
        {
            await PrivateFolder.RunAsync("/bin/ln", secret, Path.Combine(_maildir.Root, "cur", "1700000001.M1P1.host,S=6:2,"));
            await PrivateFolder.RunAsync("/bin/chown", "nobody:nogroup", _maildir.Root, Path.Combine(_maildir.Root, "cur"), Path.Combine(_maildir.Root, "new"), Path.Combine(_maildir.Root, "tmp"));
            Assert.Contains("2 files and directories in INBOX belong", Assert.Single(Inspect().Findings, finding => finding.Check == "Permissions").Message, StringComparison.Ordinal);
            var repair = Assert.Single(await RepairAsync(), repair => repair.Check == "Permissions");
            Assert.StartsWith("It was not done for 1: ", repair.Message, StringComparison.Ordinal);
            Assert.False(repair.IsDone);
            Assert.Equal("nobody\n", await PrivateFolder.RunAsync("/usr/bin/stat", "-c", "%U", foreign));
            Assert.Equal("root\n", await PrivateFolder.RunAsync("/usr/bin/stat", "-c", "%U", secret));
        }
        finally
        {
            File.Delete(secret);
        }
    }

    [Fact]
    public async Task Dovecot_reads_what_was_repaired()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        dovecot.Put(1, "Subject: 1\n\nbody\n");
        var path = dovecot.MailPath;
        File.Move(Directory.GetFiles(Path.Combine(path, "new")).Single(), Path.Combine(path, "cur", "1700000001.M1P1.test,S=3:2,S"));
        await File.WriteAllTextAsync(Path.Combine(path, "dovecot-uidlist"), "3 V1 N5 G00000000000000000000000000000001\n1 :a\n1 :b\n");
        await PrivateFolder.RunAsync("/bin/chown", "-R", "nobody:nogroup", path);
        await foreach (var repair in MaildirInspector.RepairAsync(path, null, readsContent: true, (_, _) => Task.FromResult(true), TimeProvider.System, TestContext.Current.CancellationToken))
            Assert.True(repair.IsDone, repair.ToString());
        var options = new MailboxOptions
        {
            Server = "localhost",
            Port = dovecot.ImapPort,
            Tls = TlsMode.None,
            Credential = new NetworkCredential("john", "summersun"),
            Timeout = TimeSpan.FromSeconds(10),
        };
        await using var mailbox = await ImapMailbox.OpenAsync(options, "INBOX", TimeProvider.System, TestContext.Current.CancellationToken);
        var message = Assert.Single(await mailbox.ReadAsync(null, headersOnly: false, null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("1", "\\Seen"), (message.Subject, string.Join(' ', message.Flags.Where(flag => flag != "\\Recent"))));
        Assert.Equal(Assert.Single(MaildirReader.Messages(path, [], new MaildirFilter(), null, CancellationToken.None)).Uid, message.Uid);
    }

    private MaildirReport Inspect(bool readsContent = false) => MaildirInspector.Inspect(_maildir.Root, null, readsContent, TimeProvider.System, CancellationToken.None);

    private async Task<List<MaildirRepair>> RepairAsync(bool allow = true) =>
        await MaildirInspector.RepairAsync(_maildir.Root, null, readsContent: true, (_, _) => Task.FromResult(allow), TimeProvider.System, CancellationToken.None).ToListAsync(CancellationToken.None);
}
