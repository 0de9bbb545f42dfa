using System.Globalization;
using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Journal;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>What tests of copies have in common: a folder, a mailbox with what is hard to copy, and a look at what arrived.</summary>
public abstract class MailboxCopyTest : IDisposable
{
    private protected PrivateFolder Folder { get; } = new();

    private protected List<string> Warnings { get; } = [];

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static string ErrorsOf(MailboxCopyResult result) => string.Join('\n', result.Folders.Select(folder => folder.Error).OfType<string>());

    private protected static (long Copied, long AlreadyThere) Counts(MailboxCopyResult result) => (result.Copied, result.AlreadyThere);

    private protected static string Message(string subject, int size = 10) => $"From: a@example.com\r\nSubject: {subject}\r\n\r\n{new string('x', size)}\r\n";

    private protected static ImapMailboxEnd End(PrivateDovecot dovecot) => new($"imap+plain://john@localhost:{dovecot.ImapPort}/", Options(dovecot.ImapPort), TimeProvider.System);

    private protected static MailboxOptions Options(int port) => new() { Server = "localhost", Port = port, Tls = TlsMode.None, Credential = new NetworkCredential("john", "summersun") };

    private protected async Task<MailboxCopyResult> CopyAsync(IMailboxReader source, IMailboxWriter target, Func<CopyOptions, CopyOptions>? with = null, string journal = "journal")
    {
        await using var opened = CopyJournal.Open(Folder.Of(journal), "source", "target");
        var options = new CopyOptions { QuarantinePath = Folder.Of("quarantine"), Warn = WarnAsync, RetryDelay = TimeSpan.FromMilliseconds(50), SettleTime = TimeSpan.Zero };
        return await new MailboxCopier(source, target, opened, with?.Invoke(options) ?? options, TimeProvider.System).RunAsync(Cancel);
    }

    private protected ValueTask WarnAsync(string text)
    {
        lock (Warnings)
            Warnings.Add(text);
        return ValueTask.CompletedTask;
    }

    private protected static async Task FillAsync(PrivateDovecot dovecot)
    {
        await AddAsync(dovecot, "INBOX", Message("1"), Message("1"), "\r\n", "Subject: no end of line", "Subject: =?x\r\n\r\n\u00e4\u0080\r\n.\r\n", Message("big", 3_000_000), "From x\r\n\r\n\r\n\r\n");
        await AddAsync(dovecot, "Sent", Message("sent"));
        await AddAsync(dovecot, "Wörk.a & b.深い", Message("1"), Message("2"));
        await AddAsync(dovecot, "100% (a) \"b\" \\ *", Message("1"));
        await AddAsync(dovecot, " x ", Message("1"));
        await AddAsync(dovecot, "a/b", Message("1"));
        await AddAsync(dovecot, "a_b", Message("2"));
        await using var account = await ImapAccount.OpenAsync(Options(dovecot.ImapPort), TimeProvider.System, Cancel);
        await account.SetFlagsAsync("INBOX", [1, 4], ["\\Seen", "\\Deleted", "$Forwarded", "NonJunk"], null, null, Cancel);
        await account.SetFlagsAsync("INBOX", [2], ["\\Answered", "\\Flagged", "\\Draft"], null, null, Cancel);
        await account.SubscribeAsync("Wörk.a & b.深い", Cancel);
    }

    private protected static async Task AddAsync(PrivateDovecot dovecot, string folder, params string[] messages)
    {
        await using var end = End(dovecot);
        if (!(await end.ListAsync(Cancel)).Any(one => one.Name == folder))
            await end.CreateAsync(folder, use: null, Cancel);
        await AddAsync(end, folder, messages);
    }

    private protected static Task AddAsync(IMailboxWriter end, params string[] messages) => AddAsync(end, "INBOX", messages);

    private protected static async Task AddAsync(IMailboxWriter end, string folder, string[] messages)
    {
        await using var opened = await end.OpenAsync(folder, Cancel);
        var contents = messages.Select((text, i) => new MailContent(
            new MailEntry("", text.Length, "", new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.FromHours(-3)).AddDays(i)),
            MessageSpool.Of(Encoding.Latin1.GetBytes(text)),
            Refusal: null)).ToList();
        Assert.All((await opened.AddAsync(contents, Cancel)).Outcomes, outcome => Assert.NotNull(outcome?.Id));
    }

    private protected static async Task AssertSameAsync(IMailboxReader source, IMailboxReader target, MailboxCopyResult result, bool isEndTold = true)
    {
        foreach (var folder in result.Folders)
        {
            var (expected, actual) = (await ContentsAsync(source, (await source.ListAsync(Cancel)).Single(one => one.Path == folder.Folder).Name, isEndTold), await ContentsAsync(target, folder.Target, isEndTold));
            Assert.True(expected.SequenceEqual(actual), $"{folder.Folder}:\n{string.Join('\n', expected.Except(actual))}\nbut on the target\n{string.Join('\n', actual.Except(expected))}");
        }
    }

    private protected static async Task<List<string>> ContentsAsync(IMailboxReader end, string folder, bool isEndTold)
    {
        var contents = new List<string>();
        await using var opened = await end.OpenAsync(folder, Cancel);
        await foreach (var entries in opened.ListAsync(Cancel))
        {
            await foreach (var message in opened.ReadAsync(entries, Cancel))
            {
                using (message)
                    contents.Add($"{message.Octets!.Hash} {(isEndTold ? message.Octets.CrlfLength : 0)} {message.Entry.Flags} {message.Entry.Arrived?.UtcDateTime:O}");
            }
        }

        contents.Sort(StringComparer.Ordinal);
        return contents;
    }

    private protected static async Task<IEnumerable<string>> SubjectsAsync(PrivateDovecot dovecot)
    {
        await using var end = End(dovecot);
        await using var opened = await end.OpenAsync("INBOX", Cancel);
        var subjects = new List<string>();
        await foreach (var entries in opened.ListAsync(Cancel))
        {
            await foreach (var message in opened.ReadAsync(entries, Cancel))
            {
                using var text = new MemoryStream();
                using (message)
                    await message.Octets!.WriteToAsync(text, Cancel);
                subjects.Add(Encoding.Latin1.GetString(text.ToArray()).Split("Subject: ")[1].Split('\r')[0]);
            }
        }

        return subjects.Order(StringComparer.Ordinal);
    }
}
