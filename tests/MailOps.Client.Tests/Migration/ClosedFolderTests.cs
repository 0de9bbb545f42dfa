using MailOps.Client.Migration;
using MailOps.Client.Migration.Imap;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>Folders of the target that take nothing: none of the messages is at fault, so none is put aside.</summary>
public sealed class ClosedFolderTests : MailboxCopyTest
{
    [Fact]
    public async Task A_folder_that_may_only_be_read_ends_the_copy_of_it_and_goes_on_when_it_may_be_written()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await using var to = await PrivateDovecot.StartAsync("mail_plugins = acl\nprotocol imap {\n  mail_plugins = acl imap_acl\n}\nplugin {\n  acl = vfile\n}\n");
        await AddAsync(from, "INBOX", Message("1"));
        await AddAsync(from, "Closed", Message("2"), Message("3"));
        await AddAsync(to, "Closed");
        var rights = Path.Join(to.MailPath, ".Closed", "dovecot-acl");
        await File.WriteAllTextAsync(rights, "owner lrs\n", Cancel);
        await PrivateFolder.RunAsync("chmod", "644", rights);
        await using (var source = End(from))
        await using (var target = End(to))
        {
            var result = await CopyAsync(source, target);
            Assert.Equal(("Failed", 1, 0), (result.Status, result.Copied, result.Refused));
            var error = result.Folders.Single(folder => folder.Folder == "Closed").Error!;
            Assert.Contains("takes no more messages in Closed: [NOPERM]", error, StringComparison.Ordinal);
            Assert.EndsWith("Run the copy again when that is cured: it goes on there.", error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Folder.Of("quarantine")));
        }

        File.Delete(rights);
        await using var again = End(from);
        await using var opened = End(to);
        Assert.Equal((2, 1), Counts(await CopyAsync(again, opened)));
    }

    [Fact]
    public async Task A_server_that_goes_instead_of_reading_what_it_does_not_permit_is_not_asked_again_and_again()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await AddAsync(from, "INBOX", Message("1"), Message("2"));
        var tries = 0;
        await using var closed = ScriptedPeer.Start(async server =>
        {
            await server.SayAsync("* OK [CAPABILITY IMAP4rev1 LITERAL+ UIDPLUS] ready");
            while (await server.HearLineAsync() is { } line)
            {
                if (line.Contains(" APPEND ", StringComparison.Ordinal))
                {
                    tries++;
                    await server.SayAsync("* BYE [NOPERM] You may only read here");
                    return;
                }

                var said = line.Split(' ')[1] switch
                {
                    "LIST" => "* LIST () \"/\" INBOX\r\n",
                    "STATUS" => "* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7 UNSEEN 0)\r\n",
                    "EXAMINE" or "SELECT" => "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 1] .\r\n",
                    _ => "",
                };
                await server.SendAsync($"{said}{line.Split(' ')[0]} OK done\r\n");
            }
        });
        await using var source = End(from);
        await using var target = new ImapMailboxEnd("closed", Options(closed.Port), TimeProvider.System);
        var result = await CopyAsync(source, target);
        Assert.Equal(("Failed", 0, 0, 1), (result.Status, result.Copied, result.Refused, tries));
        Assert.EndsWith("[NOPERM] You may only read here. Run the copy again when that is cured: it goes on there.", ErrorsOf(result), StringComparison.Ordinal);
    }
}
