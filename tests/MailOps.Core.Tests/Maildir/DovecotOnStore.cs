using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Tests.Support;

namespace MailOps.Core.Tests.Maildir;

/// <summary>A Dovecot of our own on a store's directory, on loopback and a free port, with one connection to it.</summary>
internal sealed class DovecotOnStore : IAsyncDisposable
{
    // Dovecot refuses to touch mail as root.
    private const string MailUser = "mail";

    private readonly PrivateFolder _folder = new();
    private readonly string _mail;
    private DovecotProcess? _process;
    private TcpClient? _client;
    private StreamReader? _reader;
    private int _port;
    private int _tag;

    private DovecotOnStore(string storeRoot) => _mail = Path.Combine(storeRoot, "mail");

    /// <summary>Where it speaks IMAP.</summary>
    internal int Port => _port;

    /// <summary>Starts one.</summary>
    /// <param name="storeRoot">The store, with accounts in <c>mail/domain/local</c>.</param>
    /// <param name="location">What follows the path in Dovecot's mail_location, such as <c>:LAYOUT=fs</c>.</param>
    /// <param name="settings">More lines of its configuration.</param>
    internal static async Task<DovecotOnStore> StartAsync(string storeRoot, string location = "", string settings = "")
    {
        var dovecot = new DovecotOnStore(storeRoot);
        try
        {
            var port = FreePort.Next();
            await PrivateFolder.RunAsync("/bin/chmod", "755", storeRoot);
            dovecot._process = await DovecotProcess.StartAsync(dovecot._folder, dovecot.Configuration(port, location, settings), port);
            await dovecot.ConnectAsync(port);
            return dovecot;
        }
        catch
        {
            await dovecot.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a command and returns the untagged lines of the answer; anything but OK is an error.</summary>
    internal async Task<List<string>> CommandAsync(string command)
    {
        // What the store wrote belongs to us; Dovecot works as another user.
        await PrivateFolder.RunAsync("/bin/chown", "-R", MailUser + ":" + MailUser, _mail);
        var tag = string.Create(CultureInfo.InvariantCulture, $"a{++_tag}");
        await _client!.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"{tag} {command}\r\n"));
        var lines = new List<string>();
        while (true)
        {
            var line = await _reader!.ReadLineAsync() ?? throw new IOException($"Dovecot closed the connection after '{command}': {_process!.Log}");
            if (line.StartsWith(tag + " OK", StringComparison.Ordinal))
            {
                lines.Add(line);
                return lines;
            }

            if (line.StartsWith(tag + " ", StringComparison.Ordinal))
                throw new IOException($"Dovecot answers '{command}' with '{line}'.");
            lines.Add(line);
        }
    }

    /// <summary>Begins a new session: one that runs keeps what it listed for a moment.</summary>
    internal async Task ReconnectAsync()
    {
        _reader!.Dispose();
        _client!.Dispose();
        await ConnectAsync(_port);
    }

    /// <summary>Errors and warnings that Dovecot logged about the mail.</summary>
    internal List<string> Complaints() =>
        [.. _process!.Log.Split('\n').Where(line => line.Contains(": Error:", StringComparison.Ordinal) || line.Contains(": Warning:", StringComparison.Ordinal) || line.Contains(": Panic:", StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        _reader?.Dispose();
        _client?.Dispose();
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }

    private string Configuration(int port, string location, string settings) => string.Create(CultureInfo.InvariantCulture, $$"""
        protocols = imap
        ssl = no
        mail_uid = {{MailUser}}
        mail_gid = {{MailUser}}
        mail_location = maildir:{{_mail}}/%d/%n{{location}}
        passdb {
          driver = static
          args = nopassword=y
        }
        userdb {
          driver = static
          args = uid={{MailUser}} gid={{MailUser}} home={{_folder.Path}}/home
        }
        namespace inbox {
          inbox = yes
          separator = /
        }
        service imap-login {
          inet_listener imap {
            port = {{port}}
          }
          inet_listener imaps {
            port = 0
          }
        }
        {{settings}}
        """);

    private async Task ConnectAsync(int port)
    {
        _port = port;
        _client = new TcpClient();
        await _client.ConnectAsync(IPAddress.Loopback, port);
        _reader = new StreamReader(_client.GetStream(), Encoding.UTF8);
        await _reader.ReadLineAsync();
        await CommandAsync($"LOGIN {StoreFixture.Account} x");
    }
}
