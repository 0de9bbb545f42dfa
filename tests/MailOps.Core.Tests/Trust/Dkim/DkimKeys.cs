using System.Collections.Concurrent;
using MailOps.Trust.Dkim;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace MailOps.Core.Tests.Trust.Dkim;

/// <summary>Keys of a domain, and the records of their public halves for MimeKit's verifier.</summary>
internal sealed class DkimKeys : DkimPublicKeyLocatorBase, IDisposable
{
    public const string Domain = "example.com";

    private static readonly Lazy<string> RsaPem = new(() => NewPem(DkimKeyType.Rsa));
    private static readonly Lazy<string> Ed25519Pem = new(() => NewPem(DkimKeyType.Ed25519));

    private readonly ConcurrentDictionary<string, AsymmetricKeyParameter> _public = new(StringComparer.Ordinal);

    public DkimKeys()
    {
        Rsa = Add("rsa", RsaPem.Value);
        Ed25519 = Add("ed", Ed25519Pem.Value);
    }

    public DkimSigningKey Rsa { get; }

    public DkimSigningKey Ed25519 { get; }

    public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
        _public[$"{selector}.{domain}"];

    public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
        Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));

    /// <summary>What MimeKit says of every signature of a message, from the first on.</summary>
    public bool[] Verify(byte[] message)
    {
        var parsed = MimeMessage.Load(new MemoryStream(message));
        var verifier = new DkimVerifier(this);
        return [.. parsed.Headers.Where(header => header.Id is HeaderId.DkimSignature).Select(header => verifier.Verify(parsed, header))];
    }

    public void Dispose()
    {
        Rsa.Dispose();
        Ed25519.Dispose();
    }

    private DkimSigningKey Add(string selector, string pem)
    {
        Assert(DkimPrivateKey.TryRead(pem, out var key, out var problem), problem);
        _public[$"{selector}.{Domain}"] = key!.KeyType is DkimKeyType.Rsa
            ? PublicKeyFactory.CreateKey(key.PublicData())
            : new Ed25519PublicKeyParameters(key.PublicData());
        return new DkimSigningKey(Domain, selector, key);
    }

    private static string NewPem(DkimKeyType type)
    {
        using var key = DkimPrivateKey.Generate(type, 2048);
        return key.ToPem();
    }

    private static void Assert(bool read, string? problem) => Xunit.Assert.True(read, problem);
}
