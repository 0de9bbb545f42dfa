using System.Globalization;
using MailOps.Tests.Support;

namespace MailOps.Interop.Tests;

/// <summary>A Dovecot with IMAP on a free port of loopback, for which any name has the password <c>summersun</c>.</summary>
internal sealed class Dovecot : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private DovecotProcess? _process;

    public int Port { get; } = FreePort.Next();

    public static async Task<Dovecot> StartAsync()
    {
        var dovecot = new Dovecot();
        try
        {
            // Dovecot reads no mail as root: there it is nobody's.
            var mail = Directory.CreateDirectory(dovecot._folder.Of("mail")).FullName;
            await PrivateFolder.RunAsync("/bin/chown", "nobody:nogroup", mail);
            dovecot._process = await DovecotProcess.StartAsync(
                dovecot._folder,
                string.Create(CultureInfo.InvariantCulture, $$"""
                    protocols = imap
                    ssl = no
                    mail_location = maildir:{{mail}}/%u
                    passdb {
                      driver = static
                      args = password=summersun
                    }
                    userdb {
                      driver = static
                      args = uid=nobody gid=nogroup home={{mail}}/%u
                    }
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

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }
}
