using System.Diagnostics;
using System.Globalization;

namespace MailOps.Tests.Support;

/// <summary>A Dovecot that a test runs for itself, in the foreground and on loopback, with its files in the test's folder; it ends with the test.</summary>
internal sealed class DovecotProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly PrivateFolder _folder;

    private DovecotProcess(Process process, PrivateFolder folder, string configuration)
    {
        _process = process;
        _folder = folder;
        Configuration = configuration;
    }

    /// <summary>The configuration's file, for doveadm.</summary>
    public string Configuration { get; }

    /// <summary>What it logged so far.</summary>
    public string Log => File.Exists(_folder.Of("log")) ? File.ReadAllText(_folder.Of("log")) : "";

    /// <summary>Starts one and waits until all its ports take connections; skips the test where that is not possible.</summary>
    /// <param name="folder">Where its files go. It stays the caller's.</param>
    /// <param name="configuration">What this one needs beyond what all have: protocols, ports, accounts and where the mail is.</param>
    /// <param name="ports">Where it listens.</param>
    public static async Task<DovecotProcess> StartAsync(PrivateFolder folder, string configuration, params int[] ports)
    {
        var program = PrivateFolder.RequireServer("dovecot", "dovecot-imapd dovecot-pop3d");
        var file = folder.Write("dovecot.conf", $"""
            base_dir = {folder.Of("run")}
            state_dir = {folder.Of("state")}
            log_path = {folder.Of("log")}
            listen = 127.0.0.1
            disable_plaintext_auth = no
            auth_failure_delay = 0
            first_valid_uid = 1
            first_valid_gid = 1
            {configuration}

            """);
        var dovecot = new DovecotProcess(Process.Start(new ProcessStartInfo(program, ["-F", "-c", file]))!, folder, file);
        try
        {
            foreach (var port in ports)
                await ListeningPorts.WaitForAsync(dovecot._process, "Dovecot", port, () => dovecot.Log);
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
        if (!_process.HasExited)
        {
            // The master ends its children itself when it is asked to.
            await PrivateFolder.RunAsync("/bin/kill", _process.Id.ToString(CultureInfo.InvariantCulture));
            using var patience = new CancellationTokenSource(Patience);
            await _process.WaitForExitAsync(patience.Token);
        }

        _process.Dispose();
    }
}
