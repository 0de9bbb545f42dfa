using MailOps.Maildir;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>Programs that only deliver, each with its own names for files: those messages are shown in the order of their arrival, whole, and take flags.</summary>
public sealed class DeliveryAgentTests
{
    private static readonly Dictionary<string, (string Package, Func<OtherMaildir, string, Task> Deliver)> Agents = new(StringComparer.Ordinal)
    {
        ["procmail"] = ("procmail", ProcmailAsync),
        ["maildrop"] = ("maildrop", MaildropAsync),
        ["safecat"] = ("safecat", (maildir, text) => RunAsync("safecat", text, Path.Join(maildir.Path, "tmp"), Path.Join(maildir.Path, "new"))),
        ["mdeliver"] = ("mblaze", (maildir, text) => RunAsync("mdeliver", text, maildir.Path)),
    };

    public static TheoryData<string> Programs => [.. Agents.Keys];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Messages_of_a_delivery_agent_are_shown_and_take_flags_while_it_goes_on(string program)
    {
        Peers.Require(program, Agents[program].Package);
        using var maildir = new OtherMaildir();
        maildir.Make();
        maildir.Make(".Archive");
        await DeliverAsync(maildir, program, "one");
        await using (var ours = await maildir.OpenAsync())
            await WorkAsync(maildir, ours.Account, program);

        // Another process finds the same.
        await using (var again = await maildir.OpenAsync())
        {
            Assert.Equal(["1 one \\Flagged \\Seen ours", "3 three "], await OtherMaildir.ShownAsync(again.Account, "INBOX"));
            Assert.Equal(["1 two "], await OtherMaildir.ShownAsync(again.Account, "Archive"));
        }

        Assert.Empty(Directory.GetFileSystemEntries(Path.Join(maildir.Path, "tmp")));
    }

    [Theory]
    [InlineData("1700000000.4711.mx1.example.com", "1700000001.4711.mx1.example.com")]
    [InlineData("1700000000.R1V2.host", "1700000000.R1V3.host")]
    [InlineData("1700000000.M5P7V0000000000000801I0000000000B32214_0.host,S=99", "1700000000.M6P7V0000000000000801I0000000000B32215_0.host,S=99")]
    [InlineData("1700000000_0.15602.vm,U=1,FMD5=7e33429f656f1e6e9d79b29c3f82c57e", "1700000000_1.15602.vm,U=2,FMD5=7e33429f656f1e6e9d79b29c3f82c57e")]
    [InlineData("0", "1")]
    public async Task Names_as_qmail_and_others_make_them_are_names(string first, string second)
    {
        using var maildir = new OtherMaildir();
        maildir.Make();
        await File.WriteAllTextAsync(Path.Join(maildir.Path, "new", first), "Subject: one\n\nbody\n");
        await File.WriteAllTextAsync(Path.Join(maildir.Path, "cur", second + ":2,FS"), "Subject: two\n\nbody\n");
        await using var ours = await maildir.OpenAsync();
        Assert.Equal(["1 one ", "2 two \\Flagged \\Seen"], (await OtherMaildir.ShownAsync(ours.Account, "INBOX")).Select(line => line.Split(" size ")[0]));
        await OtherMaildir.StoreAsync(ours.Account, "INBOX", "one", "\\Answered");
        await OtherMaildir.StoreAsync(ours.Account, "INBOX", "two", "\\Seen");
        Assert.Equal([$"cur/{first}:2,R", $"cur/{second}:2,S"], maildir.Files());
    }

    private static async Task WorkAsync(OtherMaildir maildir, IMailAccount account, string program)
    {
        Assert.Equal(["1 one "], await OtherMaildir.ShownAsync(account, "INBOX"));
        await OtherMaildir.StoreAsync(account, "INBOX", "one", "\\Seen", "\\Flagged", "ours");
        await DeliverAsync(maildir, program, "two");
        Assert.Equal(["1 one \\Flagged \\Seen ours", "2 two "], await OtherMaildir.ShownAsync(account, "INBOX"));
        await OtherMaildir.MoveAsync(account, "INBOX", "two", "Archive");
        await DeliverAsync(maildir, program, "three");
        Assert.Equal(["1 one \\Flagged \\Seen ours", "3 three "], await OtherMaildir.ShownAsync(account, "INBOX"));
        Assert.Equal(["1 two "], await OtherMaildir.ShownAsync(account, "Archive"));
    }

    private static Task DeliverAsync(OtherMaildir maildir, string program, string subject) =>
        Agents[program].Deliver(maildir, $"From: a@example.org\nSubject: {subject}\n\nbody\nof two lines\n");

    private static Task ProcmailAsync(OtherMaildir maildir, string text) =>
        RunAsync("procmail", text, "-m", maildir.Write("procmailrc", $"MAILDIR={maildir.Of("")}\nDEFAULT={maildir.Path}/\nLOGFILE={maildir.Of("procmail.log")}\n"));

    private static Task MaildropAsync(OtherMaildir maildir, string text) =>
        RunAsync("maildrop", text, maildir.Write("maildroprc", $"DEFAULT=\"{maildir.Path}\"\n"));

    private static async Task RunAsync(string program, string text, params string[] arguments) =>
        (await PeerCommand.RunAsync(Peers.Require(program, Agents[program].Package), arguments, text)).Succeeded();
}
