using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Protection;

/// <summary>Keys of a real gpg: of Ann, RSA, and of Bob, elliptic.</summary>
public sealed class GpgHome : IAsyncLifetime
{
    public const string Passphrase = "open sesame";

    public string Folder { get; } = Directory.CreateTempSubdirectory("mailops-").FullName;

    public FileInfo Secrets => new(Path.Join(Folder, "secret.asc"));

    public FileInfo Publics => new(Path.Join(Folder, "public.gpg"));

    public async ValueTask InitializeAsync()
    {
        if (Peers.Find("gpg") is null)
            return;
        await RunAsync("--passphrase", Passphrase, "--quick-gen-key", "Ann <ann@example.com>", "rsa2048", "default", "1y");
        await RunAsync("--passphrase", Passphrase, "--quick-gen-key", "Bob <bob@example.com>", "future-default", "default", "never");
        // Each has a key to encrypt with.
        await RunAsync("--passphrase", Passphrase, "--quick-add-key", await FingerprintAsync("ann@example.com"), "rsa2048", "encr", "1y");
        await ExportAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Peers.Find("gpgconf") is { } gpgconf)
            await PeerCommand.RunAsync(gpgconf, ["--homedir", Folder, "--kill", "gpg-agent"]);
        Directory.Delete(Folder, recursive: true);
    }

    internal async Task<PeerOutput> RunAsync(params string[] arguments) =>
        (await PeerCommand.RunAsync(Peers.Require("gpg", "gpg"), ["--homedir", Folder, "--batch", "--yes", "--no-tty", "--pinentry-mode", "loopback", .. arguments])).Succeeded();

    internal async Task<string> FingerprintAsync(string who) =>
        (await RunAsync("--with-colons", "--list-keys", who)).Output.Split('\n').First(line => line.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];

    internal async Task ExportAsync()
    {
        File.WriteAllText(Secrets.FullName, (await RunAsync("--passphrase", Passphrase, "--armor", "--export-secret-keys")).Output);
        await RunAsync("--output", Publics.FullName, "--export");
    }
}
