using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Client.Protection;

/// <summary>Certificates as they are given: an X509Certificate2, or the file of one.</summary>
internal static class CertificateSource
{
    // It protects what never leaves this process.
    private const string InProcess = "in-process";

    /// <summary>A certificate with its private key and those that vouch for it, as PKCS #12.</summary>
    /// <param name="source">An X509Certificate2 whose key can be exported, a PKCS #12 file, or a PEM file with both.</param>
    /// <param name="password">The file's password, or null.</param>
    /// <exception cref="ArgumentException">It is none, or has no key.</exception>
    /// <exception cref="CryptographicException">The password is wrong, or the key cannot be exported.</exception>
    public static (Stream Pkcs12, string Password) WithKey(object source, string? password)
    {
        if (source is X509Certificate2 given)
            return Export(given, $"The certificate '{given.Subject}'");
        var file = FileOf(source);
        if (!IsPem(file))
        {
            // Read here first: what is wrong is said better.
            using var certificates = new Disposables(Pkcs12(file, password));
            if (!certificates.All.Any(one => one.HasPrivateKey))
                throw new ArgumentException($"'{file.FullName}' has no private key in it.");
            return (new MemoryStream(File.ReadAllBytes(file.FullName)), password ?? "");
        }

        try
        {
            using var certificate = password is null ? X509Certificate2.CreateFromPemFile(file.FullName) : X509Certificate2.CreateFromEncryptedPemFile(file.FullName, password);
            return Export(certificate, $"'{file.FullName}'");
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException($"'{file.FullName}' has no certificate with its private key that can be read{(password is null ? "" : " with this password")}: {e.Message}", e);
        }
    }

    /// <summary>A certificate.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static X509Certificate2 Public(object source)
    {
        if (source is X509Certificate2 given)
            return given;
        var file = FileOf(source);
        try
        {
            return X509CertificateLoader.LoadCertificateFromFile(file.FullName);
        }
        catch (CryptographicException e)
        {
            throw new ArgumentException($"'{file.FullName}' is no certificate in PEM or DER: {e.Message}", e);
        }
    }

    private static FileInfo FileOf(object source) => source switch
    {
        FileInfo { Exists: true } file => file,
        FileInfo missing => throw new FileNotFoundException($"There is no file '{missing.FullName}'.", missing.FullName),
        _ => throw new ArgumentException($"{source.GetType().FullName} is no certificate. Give an X509Certificate2 or a file."),
    };

    private static bool IsPem(FileInfo file)
    {
        using var text = file.OpenText();
        var start = new char[4096];
        return new string(start, 0, text.ReadBlock(start)).Contains("-----BEGIN", StringComparison.Ordinal);
    }

    private static X509Certificate2Collection Pkcs12(FileInfo file, string? password)
    {
        try
        {
            return X509CertificateLoader.LoadPkcs12CollectionFromFile(file.FullName, password, X509KeyStorageFlags.Exportable);
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException($"'{file.FullName}' cannot be read as PKCS #12 with this password: {e.Message}", e);
        }
    }

    private static (Stream Pkcs12, string Password) Export(X509Certificate2 certificate, string name)
    {
        if (!certificate.HasPrivateKey)
            throw new ArgumentException($"{name} has no private key. Give one that has, or its PKCS #12 file.");
        try
        {
            return (new MemoryStream(certificate.Export(X509ContentType.Pkcs12, InProcess)), InProcess);
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException($"The private key of {name} cannot be exported, which is needed here: {e.Message} Give its PKCS #12 file, or load it as exportable.", e);
        }
    }

    private sealed class Disposables(X509Certificate2Collection all) : IDisposable
    {
        public X509Certificate2Collection All => all;

        public void Dispose()
        {
            foreach (var one in all)
                one.Dispose();
        }
    }
}
