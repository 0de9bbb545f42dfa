using System.Globalization;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Tests.Support;

namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>An account's directory that belongs to Dovecot's user, with a Dovecot on it and stores of ours that work in it as that user.</summary>
internal sealed class SharedAccount : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly MaildirLayout _layout;

    private SharedAccount(MaildirLayout layout) => _layout = layout;

    internal string Root => _folder.Path;

    internal string Inbox => _folder.Of("mail/example.com/john");

    internal DovecotOnStore Dovecot { get; private set; } = null!;

    internal int LmtpPort { get; private set; }

    internal static async Task<SharedAccount> StartAsync(MaildirLayout layout = MaildirLayout.MaildirPlusPlus)
    {
        PrivateFolder.RequireServer("dovecot", "dovecot-imapd dovecot-lmtpd");
        var account = new SharedAccount(layout);
        try
        {
            foreach (var part in new[] { "cur", "new", "tmp" })
                Directory.CreateDirectory(Path.Join(account.Inbox, part));
            Directory.CreateDirectory(account._folder.Of("tmp"));
            await PrivateFolder.RunAsync("/bin/chown", "-R", "mail:mail", account.Root);
            // A mailbox may take the place of a \Noselect name, or leave one. If another program does that, Dovecot's list index goes on telling
            // what was (2.3.19: "LIST" tells \Noselect while "STATUS" succeeds).
            account.LmtpPort = FreePort.Next();
            account.Dovecot = await DovecotOnStore.StartAsync(account.Root, layout == MaildirLayout.Fs ? ":LAYOUT=fs" : "", string.Create(CultureInfo.InvariantCulture, $$"""
                protocols = imap lmtp
                mailbox_list_index = no
                service lmtp {
                  inet_listener lmtp {
                    port = {{account.LmtpPort}}
                  }
                }
                service imap-login {
                  service_count = 0
                }
                service imap {
                  service_count = 500
                  process_limit = 100
                }
                service auth {
                  client_limit = 2000
                }
                mail_max_userip_connections = 100
                """));
            return account;
        }
        catch
        {
            await account.DisposeAsync();
            throw;
        }
    }

    /// <summary>A store as a process of its own would have it.</summary>
    internal MaildirStore OpenStore() => new(Root, new MaildirStoreOptions { Layout = _layout }, OwnersDisk.Wrap(new LinuxDisk(), Root));

    public async ValueTask DisposeAsync()
    {
        if (Dovecot is not null)
            await Dovecot.DisposeAsync();
        _folder.Dispose();
    }
}
