using System.Security.Cryptography;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Bcpg.OpenPgp;

namespace MailOps.Client.Protection;

/// <summary>Keys of OpenPGP out of files, as <c>gpg --export</c> and <c>gpg --export-secret-keys</c> write them, armored or not. They stay in memory, and no server is asked for others.</summary>
internal sealed class KeyRing : OpenPgpContext
{
    private readonly List<PgpPublicKeyRing> _public = [];
    private readonly List<PgpSecretKeyRing> _secret = [];
    private readonly string _passphrase;

    /// <summary>Reads files.</summary>
    /// <param name="files">The files.</param>
    /// <param name="passphrase">What opens the secret keys, or null.</param>
    /// <exception cref="ArgumentException">A file has no keys.</exception>
    public KeyRing(IEnumerable<FileInfo> files, string? passphrase)
    {
        _passphrase = passphrase ?? "";
        DefaultEncryptionAlgorithm = EncryptionAlgorithm.Aes256;
        foreach (var file in files)
            Read(file);
    }

    /// <summary>The secret key that signs for a name: an address, a key id or a fingerprint.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public PgpSecretKey SigningKey(string name) =>
        Secrets.FirstOrDefault(key => key.IsSigningKey && !key.IsPrivateKeyEmpty && IsUsable(key.PublicKey) && IsNamed(RingOf(key), name))
        ?? throw new ArgumentException($"There is no secret key for {name} that signs and is valid in the key files. Export it with: gpg --export-secret-keys {name}");

    /// <summary>The keys for a name that encrypt.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public PgpPublicKey EncryptionKey(string name) =>
        _public.Where(ring => IsNamed(ring, name)).SelectMany(ring => ring.GetPublicKeys()).LastOrDefault(key => key.IsEncryptionKey && IsUsable(key))
        ?? throw new ArgumentException($"There is no key for {name} that encrypts and is valid in the key files. Export it with: gpg --export {name}");

    /// <summary>Addresses in the user ids of a key's ring.</summary>
    public static IReadOnlyList<string> AddressesOf(PgpPublicKeyRing ring) =>
        [.. ring.GetPublicKey().GetUserIds().Select(id => MailboxAddress.TryParse(id, out var address) ? address.Address : null).OfType<string>()];

    /// <summary>True if a key ended.</summary>
    public static DateTime? EndOf(PgpPublicKey key) => key.GetValidSeconds() is > 0 and var seconds ? key.CreationTime.AddSeconds(seconds) : null;

    /// <inheritdoc/>
    public override IList<PgpPublicKey> GetPublicKeys(IEnumerable<MailboxAddress> mailboxes, CancellationToken cancellationToken = default) =>
        [.. mailboxes.Select(mailbox => EncryptionKey(mailbox.Address))];

    /// <inheritdoc/>
    public override PgpSecretKey GetSigningKey(MailboxAddress mailbox, CancellationToken cancellationToken = default) => SigningKey(mailbox.Address);

    /// <inheritdoc/>
    public override bool CanSign(MailboxAddress signer, CancellationToken cancellationToken = default) => Secrets.Any(key => IsNamed(RingOf(key), signer.Address));

    /// <inheritdoc/>
    public override bool CanEncrypt(MailboxAddress mailbox, CancellationToken cancellationToken = default) => _public.Exists(ring => IsNamed(ring, mailbox.Address));

    /// <inheritdoc/>
    public override void Import(PgpPublicKeyRing keyring, CancellationToken cancellationToken = default) => _public.Add(keyring);

    /// <inheritdoc/>
    public override void Import(PgpPublicKeyRingBundle bundle, CancellationToken cancellationToken = default) => _public.AddRange(bundle.GetKeyRings());

    /// <inheritdoc/>
    public override void Import(PgpSecretKeyRing keyring, CancellationToken cancellationToken = default) => _secret.Add(keyring);

    /// <inheritdoc/>
    public override void Import(PgpSecretKeyRingBundle bundle, CancellationToken cancellationToken = default) => _secret.AddRange(bundle.GetKeyRings());

    /// <inheritdoc/>
    public override void Export(IEnumerable<MailboxAddress> mailboxes, Stream stream, bool armor, CancellationToken cancellationToken = default) =>
        Export(GetPublicKeys(mailboxes, cancellationToken), stream, armor, cancellationToken);

    /// <inheritdoc/>
    public override Task<MimePart> ExportAsync(IEnumerable<MailboxAddress> mailboxes, CancellationToken cancellationToken = default) =>
        ExportAsync(GetPublicKeys(mailboxes, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override Task ExportAsync(IEnumerable<MailboxAddress> mailboxes, Stream stream, bool armor, CancellationToken cancellationToken = default) =>
        ExportAsync(GetPublicKeys(mailboxes, cancellationToken), stream, armor, cancellationToken);

    /// <inheritdoc/>
    public override MimePart Export(IEnumerable<MailboxAddress> mailboxes, CancellationToken cancellationToken = default) => Export(GetPublicKeys(mailboxes, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    protected override string GetPasswordForKey(PgpSecretKey key) => _passphrase;

    /// <inheritdoc/>
    protected override PgpPublicKeyRing? GetPublicKeyRing(long keyId, CancellationToken cancellationToken) => _public.Find(ring => ring.GetPublicKeys().Any(key => key.KeyId == keyId));

    /// <inheritdoc/>
    protected override Task<PgpPublicKeyRing?> GetPublicKeyRingAsync(long keyId, CancellationToken cancellationToken) => Task.FromResult(GetPublicKeyRing(keyId, cancellationToken));

    /// <inheritdoc/>
    protected override PgpSecretKey GetSecretKey(long keyId, CancellationToken cancellationToken) =>
        Secrets.FirstOrDefault(key => key.KeyId == keyId) ?? throw new PrivateKeyNotFoundException(keyId, "The secret key is not in the key files.");

    private IEnumerable<PgpSecretKey> Secrets => _secret.SelectMany(ring => ring.GetSecretKeys());

    private PgpPublicKeyRing RingOf(PgpSecretKey key) => GetPublicKeyRing(key.KeyId, default)!;

    private static bool IsUsable(PgpPublicKey key) => !key.HasRevocation() && !(EndOf(key) < DateTime.UtcNow);

    private static bool IsNamed(PgpPublicKeyRing ring, string name)
    {
        if (AddressesOf(ring).Contains(name, StringComparer.OrdinalIgnoreCase))
            return true;
        var hex = name.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? name[2..] : name.Replace(" ", "", StringComparison.Ordinal);
        return hex.Length >= 8 && ring.GetPublicKeys().Any(key => Convert.ToHexString(key.GetFingerprint()).EndsWith(hex, StringComparison.OrdinalIgnoreCase));
    }

    private void Read(FileInfo file)
    {
        var before = _public.Count + _secret.Count;
        try
        {
            using var octets = PgpUtilities.GetDecoderStream(file.OpenRead());
            var factory = new PgpObjectFactory(octets);
            while (factory.NextPgpObject() is { } found)
            {
                if (found is PgpPublicKeyRing known)
                    _public.Add(known);
                else if (found is PgpSecretKeyRing secret)
                    Take(secret);
            }
        }
        catch (Exception e) when (e is PgpException or IOException and not FileNotFoundException and not DirectoryNotFoundException)
        {
            throw new ArgumentException($"'{file.FullName}' cannot be read as OpenPGP keys: {e.Message}", e);
        }

        if (_public.Count + _secret.Count == before)
            throw new ArgumentException($"'{file.FullName}' has no OpenPGP keys in it. Export them with: gpg --export, or gpg --export-secret-keys");
    }

    // What is known of a secret key's owner is with it.
    private void Take(PgpSecretKeyRing secret)
    {
        _secret.Add(secret);
        using var octets = new MemoryStream();
        foreach (var key in secret.GetSecretKeys())
            key.PublicKey.Encode(octets);
        _public.Add(new PgpPublicKeyRing(octets.ToArray()));
    }
}
