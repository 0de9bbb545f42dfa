using System.Globalization;
using MailOps.Tests.Support;

namespace MailOps.Interop.Tests;

/// <summary>A Dovecot with IMAP on a free port of loopback, for which any name has the password <c>summersun</c>. It has mail of its own, or works on a store of ours.</summary>
internal sealed class Dovecot : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly string _mail;
    private DovecotProcess? _process;

    private readonly string? _sharedStore;

    private Dovecot(string? storePath, bool shares)
    {
        _mail = storePath is null ? _folder.Of("mail") : Path.Join(storePath, "mail");
        _sharedStore = shares ? storePath : null;
    }

    public int Port { get; } = FreePort.Next();

    /// <summary>Starts one.</summary>
    /// <param name="storePath">The store to work on; null for mail of its own.</param>
    /// <param name="shares">True for its plugins acl and imap_acl, with the names of others' and public mailboxes that the store has, and the store's index of who shares with whom.</param>
    public static async Task<Dovecot> StartAsync(string? storePath = null, bool shares = false)
    {
        var dovecot = new Dovecot(storePath, shares);
        try
        {
            var mail = Directory.CreateDirectory(dovecot._mail).FullName;
            if (storePath is not null)
                await PrivateFolder.RunAsync("/bin/chmod", "755", storePath);
            await dovecot.OwnAsync();
            dovecot._process = await DovecotProcess.StartAsync(
                dovecot._folder,
                string.Create(CultureInfo.InvariantCulture, $$"""
                    protocols = imap
                    ssl = no
                    mail_location = maildir:{{mail}}/{{(storePath is null ? "%u" : "%d/%n")}}
                    passdb {
                      driver = static
                      args = password=summersun
                    }
                    userdb {
                      driver = static
                      args = uid=nobody gid=nogroup home={{dovecot._folder.Path}}/home allow_all_users=yes
                    }
                    {{(shares ? Sharing(storePath!) : "")}}
                    service imap-login {
                      inet_listener imap {
                        port = {{dovecot.Port}}
                      }
                      inet_listener imaps {
                        port = 0
                      }
                    }
                    """),
                dovecot.Port);
            return dovecot;
        }
        catch
        {
            await dovecot.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives it the mail, which a store of ours has written to: Dovecot reads none as root.</summary>
    public Task OwnAsync() => PrivateFolder.RunAsync("/bin/chown", "-R", "nobody:nogroup", _sharedStore ?? _mail);

    // It looks at a file of rights at most every 30 seconds, if it is not told to look each time.
    private static string Sharing(string store) => $$"""
        mail_plugins = acl
        protocol imap {
          mail_plugins = $mail_plugins imap_acl
        }
        plugin {
          acl = vfile::cache_secs=0
          acl_anyone = allow
          acl_shared_dict = file:{{store}}/shared-mailboxes
        }
        namespace inbox {
          inbox = yes
          separator = /
        }
        namespace others {
          type = shared
          separator = /
          prefix = user/%%u/
          location = maildir:{{store}}/mail/%%d/%%n
          subscriptions = no
          list = children
        }
        namespace public {
          type = public
          separator = /
          prefix = Public/
          location = maildir:{{store}}/public
          subscriptions = no
          list = children
        }
        """;

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }
}
