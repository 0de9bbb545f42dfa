using MailKit;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

public sealed class MuttTests
{
    [Fact]
    public async Task Mutt_reads_a_message_copies_it_marks_it_and_deletes_it()
    {
        var mutt = Peers.Require("mutt", "mutt");
        await using var server = await TestServer.StartAsync();
        var home = Directory.CreateTempSubdirectory("mailops-mutt-").FullName;
        try
        {
            using (var client = new MailKit.Net.Smtp.SmtpClient())
            {
                await client.ConnectAsync("127.0.0.1", server.Port(MailProtocol.Smtp), MailKit.Security.SecureSocketOptions.None);
                foreach (var subject in new[] { "first", "second" })
                {
                    using var message = new MimeKit.MimeMessage { Subject = subject, Body = new MimeKit.TextPart("plain") { Text = $"body of {subject}" } };
                    message.From.Add(MimeKit.MailboxAddress.Parse("jane@example.com"));
                    message.To.Add(MimeKit.MailboxAddress.Parse("john@example.com"));
                    await client.SendAsync(message);
                }

                await client.DisconnectAsync(quit: true);
            }

            var read = Path.Combine(home, "read");
            var configuration = Path.Combine(home, "muttrc");
            await File.WriteAllTextAsync(configuration, FormattableString.Invariant($"""
                set folder="imap://127.0.0.1:{server.Port(MailProtocol.Imap)}/"
                set imap_user="john@example.com"
                set imap_pass="summersun"
                set spoolfile="+INBOX"
                set ssl_starttls=no
                set ssl_force_tls=no
                set imap_passive=yes
                set confirmcreate=no
                set confirmappend=no
                set delete=yes
                set move=no
                set sleep_time=0
                set wait_key=no
                set pipe_decode=yes
                set header_cache=""
                set auto_tag=no
                set quit=yes
                set record=""
                push "<first-entry><pipe-message>cat > {read}<enter><copy-message><kill-line>=Archive<enter><next-entry><flag-message><first-entry><delete-message><sync-mailbox><quit>"

                """));
            var run = await PeerCommand.RunAsync(
                "/usr/bin/script",
                ["-qec", $"'{mutt}' -n -F '{configuration}' -f =INBOX", "/dev/null"],
                environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home, ["TERM"] = "xterm", ["COLUMNS"] = "80", ["LINES"] = "24" });

            Assert.True(File.Exists(read), run.Output + run.Error);
            Assert.Contains("body of first", await File.ReadAllTextAsync(read), StringComparison.Ordinal);

            using var check = new MailKit.Net.Imap.ImapClient();
            await check.ConnectAsync("127.0.0.1", server.Port(MailProtocol.Imap), MailKit.Security.SecureSocketOptions.None);
            await check.AuthenticateAsync("john@example.com", "summersun");
            await check.Inbox.OpenAsync(FolderAccess.ReadOnly);
            var left = Assert.Single(await check.Inbox.FetchAsync(0, -1, MessageSummaryItems.Flags | MessageSummaryItems.Envelope));
            Assert.Equal("second", left.Envelope?.Subject);
            Assert.True(left.Flags?.HasFlag(MessageFlags.Flagged));
            var archive = await check.GetFolderAsync("Archive");
            await archive.OpenAsync(FolderAccess.ReadOnly);
            Assert.Equal(1, archive.Count);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }
}
