using System.Text;
using MailOps.Client.Mailboxes.Wire;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Comparison;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>Messages with NULs, which IMAP carries where both sides have BINARY (RFC 3516): Dovecot shows them as 0x80 elsewhere, and Cyrus takes them in a literal8 alone.</summary>
public sealed class NulTests : MailboxCopyTest
{
    private const string Multipart = "Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\na\0b\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJjZA==\r\n--b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\0\0\u0080\0\r\n--b--\r\n";

    private static readonly string[] Messages =
    [
        Message("none"),
        "Subject: one\r\n\r\na\0b\r\n",
        "Subject: many\r\n\r\n\0\0\0\r\n\0",
        "Subject: euro\r\n\r\n50 \u0080 \u00e2\u0080\u009cx\u00e2\u0080\u009d\r\n",
        "Subject: both\r\n\r\n50 \u0080 and \0 \u00e2\u0080\u009cx\r\n",
        Multipart,
        "Subject: large\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 70) + "\0\r\n", 30_000)),
    ];

    [Fact]
    public async Task Every_octet_arrives_at_Dovecot_and_Cyrus_and_comes_back()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        await using var cyrus = await PrivateCyrus.StartAsync();
        await using var maildir = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("source"), isMade: true, Cancel);
        await AddAsync(maildir, Messages);
        await using var first = End(dovecot);
        await using var second = new ImapMailboxEnd("cyrus", Options(cyrus.ImapPort), TimeProvider.System);
        await using var back = await MaildirMailboxEnd.OpenAsync("back", Folder.Of("back"), isMade: true, Cancel);
        foreach (var (name, from, to) in new (string, IMailboxReader, IMailboxWriter)[] { ("1", maildir, first), ("2", first, second), ("3", second, back), ("4", first, back) })
        {
            var result = await CopyAsync(from, to, journal: name);
            Assert.True(result.Status == "Completed", string.Join('\n', result.RefusedMessages.Select(message => message.Reason)) + ErrorsOf(result));
            Assert.Equal(name == "4" ? (0, Messages.Length) : (Messages.Length, 0), Counts(result));
            // A last line without an end gets one from Cyrus, or stays as it is.
            Assert.Equal(await TextsAsync(from), await TextsAsync((IMailboxReader)to));
            Assert.Empty(await new MailboxComparer(from, to, new ComparisonOptions { IgnoreFlags = true }).CompareAsync(Cancel).ToListAsync(Cancel));
        }

        Assert.Equal(Messages.Select(text => text.TrimEnd('\n').TrimEnd('\r')).Order(StringComparer.Ordinal), await TextsAsync(back));
    }

    // RFC 3516 section 4.4: a server may store what is binary in another encoding. That is not what was sent, and is told.
    [Fact]
    public async Task A_part_that_Cyrus_encodes_anew_is_a_difference()
    {
        await using var cyrus = await PrivateCyrus.StartAsync();
        await using var maildir = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("source"), isMade: true, Cancel);
        await AddAsync(maildir, "Message-ID: <b@x>\r\n" + Multipart.Replace("8bit", "binary", StringComparison.Ordinal));
        await using var target = new ImapMailboxEnd("cyrus", Options(cyrus.ImapPort), TimeProvider.System);
        Assert.Equal("Completed", (await CopyAsync(maildir, target)).Status);
        Assert.Equal(DifferenceKind.Content, Assert.Single(await new MailboxComparer(maildir, target, new ComparisonOptions()).CompareAsync(Cancel).ToListAsync(Cancel)).Kind);
        Assert.Equal((0, 1), Counts(await CopyAsync(maildir, target)));
    }

    [Fact]
    public async Task What_the_server_will_not_take_is_put_aside_with_its_reason()
    {
        await using var cyrus = await PrivateCyrus.StartAsync();
        await using var maildir = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("source"), isMade: true, Cancel);
        await AddAsync(maildir, "Subject: a\0b\r\n\r\nx\r\n", Message("good"));
        await using var target = new ImapMailboxEnd("cyrus", Options(cyrus.ImapPort), TimeProvider.System);
        var result = await CopyAsync(maildir, target);
        var refused = Assert.Single(result.RefusedMessages);
        Assert.Equal("Message contains NUL characters", refused.Reason);
        Assert.Equal("Subject: a\0b\r\n\r\nx\r\n", Encoding.Latin1.GetString(File.ReadAllBytes(refused.Path!)));
        Assert.Equal(1, result.Copied);
    }

    [Fact]
    public async Task A_server_without_BINARY_gets_none_of_them()
    {
        await using var gmail = StandInGmail.Start();
        await using var maildir = await MaildirMailboxEnd.OpenAsync("source", Folder.Of("source"), isMade: true, Cancel);
        await AddAsync(maildir, Messages[1], Message("good"));
        await using var target = new ImapMailboxEnd("gmail", Options(gmail.Port), TimeProvider.System);
        var result = await CopyAsync(maildir, target);
        Assert.Equal("it has a NUL in it, which IMAP carries in a message only where the server has BINARY (RFC 3516), and localhost has not", Assert.Single(result.RefusedMessages).Reason);
        Assert.Equal(["good: \\Inbox"], gmail.Labels());
    }

    [Theory]
    [InlineData("ab", false)]
    [InlineData("\u0080", true)]
    [InlineData("a\u0080", true)]
    [InlineData("\u00e2\u0080\u009c", false)]
    [InlineData("\u00c3\u0080", false)]
    [InlineData("\u00c3\u0080\u0080", true)]
    [InlineData("\u00f0\u009f\u0098\u0080", false)]
    [InlineData("\u00f0\u009f\u0098\u0080 \u0080", true)]
    public void What_may_stand_for_a_NUL_is_no_part_of_a_character(string text, bool mayBe) => Assert.Equal(mayBe, NulOctets.MayBeHidden(Encoding.Latin1.GetBytes(text)));

    [Theory]
    [InlineData("a\u0080b", "a\0b", "a\0b")]
    [InlineData("a\u0080b", "a\u0080b", "a\u0080b")]
    [InlineData("\u0080 base64 x\u0080 \u0080", "\0 binary \0 \0", "\0 base64 x\0 \0")]
    [InlineData("\u0080x", "", "\u0080x")]
    [InlineData("a\u0080", "b\0c", "a\u0080")]
    public void NULs_are_put_where_the_two_agree(string body, string binary, string expected)
    {
        var octets = Encoding.Latin1.GetBytes(body);
        Assert.Equal(body != expected, NulOctets.Restore(octets, Encoding.Latin1.GetBytes(binary)));
        Assert.Equal(expected, Encoding.Latin1.GetString(octets));
    }

    private static async Task<List<string>> TextsAsync(IMailboxReader end)
    {
        var texts = new List<string>();
        await using var opened = await end.OpenAsync("INBOX", Cancel);
        await foreach (var entries in opened.ListAsync(Cancel))
        {
            await foreach (var message in opened.ReadAsync(entries, Cancel))
            {
                using (message)
                    texts.Add(Encoding.Latin1.GetString(message.Octets!.ToArray()).TrimEnd('\n').TrimEnd('\r'));
            }
        }

        texts.Sort(StringComparer.Ordinal);
        return texts;
    }
}
