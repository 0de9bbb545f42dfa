using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Server.Connections;

/// <summary>Reads certificates from files, and makes the one that a server uses when it was given none.</summary>
public static class CertificateStore
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(397);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    /// <summary>Reads a certificate with its private key, and the certificates that follow it.</summary>
    /// <param name="path">A PEM file with certificate and key (in any order), a PEM certificate whose key lies beside it as <c>.key</c>, or a PFX file without password.</param>
    /// <param name="password">The password of a PFX file or of an encrypted PEM key, if there is one.</param>
    /// <exception cref="CryptographicException">The file cannot be understood, holds no private key, or one that does not fit.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Intermediates) Load(string path, string? password = null)
    {
        var content = File.ReadAllBytes(path);
        var isPem = content.AsSpan().IndexOf("-----BEGIN"u8) >= 0;
        return isPem ? LoadPem(path, password) : LoadPfx(content, path, password);
    }

    /// <summary>The self-made certificate of a store, made anew when it is missing, ends within 30 days, or names another host.</summary>
    /// <param name="folder">The folder that keeps it, made with mode 0700.</param>
    /// <param name="hostName">The name it is for. It also names localhost and the loopback addresses.</param>
    /// <param name="clock">The time.</param>
    public static X509Certificate2 LoadOrCreate(string folder, string hostName, TimeProvider clock)
    {
        var path = Path.Combine(folder, "self-made.pem");
        if (File.Exists(path))
        {
            try
            {
                var kept = Load(path).Certificate;
                if (kept.NotAfter.ToUniversalTime() > clock.GetUtcNow().UtcDateTime + RenewBefore && kept.MatchesHostname(hostName))
                    return kept;
                kept.Dispose();
            }
            catch (CryptographicException)
            {
                // Damaged: it is worth nothing, and is replaced below.
            }
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = SelfMade(hostName, key, clock);
        var pem = made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n";
        WritePrivately(folder, path, pem);
        return Load(path).Certificate;
    }

    private static X509Certificate2 SelfMade(string hostName, ECDsa key, TimeProvider clock)
    {
        var request = new CertificateRequest($"CN={hostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(hostName);
        if (hostName != "localhost")
            names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var now = clock.GetUtcNow();
        // An hour back: clients whose clock is a little behind.
        return request.CreateSelfSigned(now.AddHours(-1), now + Lifetime);
    }

    private static void WritePrivately(string folder, string path, string pem)
    {
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // Complete under another name first: a half-written key must not be found at the next start.
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(pem));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static (X509Certificate2, X509Certificate2Collection) LoadPem(string path, string? password)
    {
        var keyPath = Path.ChangeExtension(path, ".key");
        var keyFile = File.Exists(keyPath) && !File.ReadAllText(path).Contains("PRIVATE KEY-----", StringComparison.Ordinal) ? keyPath : null;
        var certificate = password is null
            ? X509Certificate2.CreateFromPemFile(path, keyFile)
            : X509Certificate2.CreateFromEncryptedPemFile(path, password, keyFile);
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(path);
        return (certificate, Others(all, certificate));
    }

    private static (X509Certificate2, X509Certificate2Collection) LoadPfx(byte[] content, string path, string? password)
    {
        var all = X509CertificateLoader.LoadPkcs12Collection(content, password);
        var certificate = all.FirstOrDefault(one => one.HasPrivateKey)
            ?? throw new CryptographicException($"'{path}' holds no private key. A server's certificate needs its key beside it.");
        return (certificate, Others(all, certificate));
    }

    private static X509Certificate2Collection Others(X509Certificate2Collection all, X509Certificate2 certificate) =>
        new(all.Where(one => one.Thumbprint != certificate.Thumbprint).ToArray());
}
