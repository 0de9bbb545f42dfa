using MailOps.Tests.Support;
using MailOps.Trust.Dkim;
using Xunit;

// Tests of rights skip themselves on Windows.
#pragma warning disable CA1416

namespace MailOps.Core.Tests.Trust.Dkim;

/// <summary>Keys in a store: their files, which of them sign, and who may read them.</summary>
public sealed class DkimKeyStoreTests : IDisposable
{
    private const string Domain = "example.com";

    private readonly PrivateFolder _folder = new();
    private readonly DkimKeyStore _keys;

    public DkimKeyStoreTests() => _keys = new DkimKeyStore(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DkimKeyType.Rsa, 2048, "v=DKIM1; h=sha256; k=rsa; p=", 392, 2)]
    [InlineData(DkimKeyType.Ed25519, 256, "v=DKIM1; h=sha256; k=ed25519; p=", 44, 1)]
    public void A_new_key_has_a_record_to_publish_and_signs_nothing_yet(DkimKeyType type, int size, string begin, int publicLength, int strings)
    {
        var made = _keys.Create("Example.COM", "S1", type, 2048, activate: false);
        Assert.Equal(FileOf("s1"), made.Path);
        Assert.Equal((type, size, false), (made.KeyType, made.KeySize, made.IsActive));
        Assert.Equal("s1._domainkey.example.com", made.RecordName);
        Assert.StartsWith(begin, made.RecordValue, StringComparison.Ordinal);
        Assert.Equal(begin.Length + publicLength, made.RecordValue.Length);
        Assert.Equal(strings, made.RecordStrings.Count);
        Assert.All(made.RecordStrings, part => Assert.InRange(part.Length, 1, 255));
        Assert.Equal(made.RecordValue, string.Concat(made.RecordStrings));
        Assert.Empty(_keys.ActiveKeys(Domain));
        Assert.Equal(made.RecordValue, _keys.Get(Domain, "s1").RecordValue);
    }

    [Fact]
    public void Files_and_folders_are_for_their_owner_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such bits.");
        var path = New("s1").Path;
        var owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(owner, File.GetUnixFileMode(path));
        Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_folder.Path, "dkim")));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_key_that_is_open_to_others_is_refused_with_what_to_do(UnixFileMode more)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such bits.");
        var path = New("s1", activate: true).Path;
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | more);
        var refused = Assert.Throws<DkimKeyException>(() => _keys.ActiveKeys(Domain));
        Assert.Equal(DkimKeyFault.OpenToOthers, refused.Fault);
        Assert.Contains($"chmod 600 {path}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_others_may_write_in_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such bits.");
        var folder = Path.GetDirectoryName(New("s1", activate: true).Path)!;
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupWrite);
        Assert.Equal(DkimKeyFault.OpenToOthers, Assert.Throws<DkimKeyException>(() => _keys.ActiveKeys(Domain)).Fault);
    }

    [Fact]
    public void Of_each_kind_one_is_active_and_the_next_takes_its_place()
    {
        New("old", activate: true);
        New("ed", DkimKeyType.Ed25519, activate: true);
        New("new");
        Assert.Equal(["old", "ed"], Active());
        Assert.True(_keys.SetActive(Domain, "new", isActive: true).IsActive);
        Assert.Equal(["ed", "new"], Active());
        Assert.False(_keys.Get(Domain, "old").IsActive);
        _keys.SetActive(Domain, "ed", isActive: false);
        Assert.Equal(["new"], Active());
        Assert.Equal(["ed", "new", "old"], _keys.Selectors(Domain));
    }

    [Fact]
    public void The_file_of_active_keys_may_be_written_by_hand()
    {
        New("s1");
        File.WriteAllText(Path.Combine(_folder.Path, "dkim", Domain, "active"), "# by hand\r\n\r\n S1 \r\ns1\r\n");
        Assert.Equal(["s1"], Active());
    }

    [Fact]
    public void A_key_that_is_named_as_active_and_is_gone_is_a_fault_not_silence()
    {
        var made = New("s1", activate: true);
        File.Delete(made.Path);
        Assert.Equal(DkimKeyFault.NotFound, Assert.Throws<DkimKeyException>(() => _keys.ActiveKeys(Domain)).Fault);
        New("s2", activate: true);
        Assert.Equal(["s2"], Active());
    }

    [Fact]
    public void A_key_that_is_removed_no_longer_signs()
    {
        var path = New("s1", activate: true).Path;
        New("s2");
        _keys.Remove(Domain, "s1");
        Assert.False(File.Exists(path));
        Assert.Empty(Active());
        Assert.Equal(["s2"], _keys.Selectors(Domain));
        Assert.Equal(DkimKeyFault.NotFound, Assert.Throws<DkimKeyException>(() => _keys.Remove(Domain, "s1")).Fault);
    }

    [Fact]
    public void A_selector_is_not_made_twice()
    {
        var before = New("s1");
        Assert.Equal(DkimKeyFault.Exists, Assert.Throws<DkimKeyException>(() => New("s1", DkimKeyType.Ed25519)).Fault);
        Assert.Equal(before.RecordValue, _keys.Get(Domain, "s1").RecordValue);
    }

    [Theory]
    [InlineData("../x", "s1")]
    [InlineData("example.com", "../s1")]
    [InlineData("example.com", "a/b")]
    [InlineData("ann@example.com", "s1")]
    [InlineData("example.com", "")]
    [InlineData("example.com", "a..b")]
    public void Names_that_are_none_reach_no_file(string domain, string selector)
    {
        Assert.Equal(DkimKeyFault.InvalidName, Assert.Throws<DkimKeyException>(() => _keys.Create(domain, selector, DkimKeyType.Ed25519, 0, activate: false)).Fault);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(2050)]
    [InlineData(8192)]
    public void Keys_of_other_sizes_are_not_made(int size) =>
        Assert.Equal(DkimKeyFault.InvalidSize, Assert.Throws<DkimKeyException>(() => _keys.Create(Domain, "s1", DkimKeyType.Rsa, size, activate: false)).Fault);

    [Fact]
    public void Keys_of_older_tools_are_read_and_short_ones_are_not()
    {
        var folder = Path.GetDirectoryName(New("s1").Path)!;
        using (var rsa = System.Security.Cryptography.RSA.Create(2048))
            Write("pkcs1", rsa.ExportRSAPrivateKeyPem());
        using (var rsa = System.Security.Cryptography.RSA.Create(1024))
            Write("short", rsa.ExportPkcs8PrivateKeyPem());
        using (var ec = System.Security.Cryptography.ECDsa.Create())
            Write("ec", ec.ExportPkcs8PrivateKeyPem());
        using (var rsa = System.Security.Cryptography.RSA.Create(2048))
            Write("locked", rsa.ExportEncryptedPkcs8PrivateKeyPem("x", new(System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc, System.Security.Cryptography.HashAlgorithmName.SHA256, 1)));
        Write("public", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
        Write("broken", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        Write("empty", "");

        Assert.Equal(2048, _keys.Get(Domain, "pkcs1").KeySize);
        foreach (var (name, word) in new[] { ("short", "1024 bits"), ("ec", "neither"), ("locked", "encrypted"), ("public", "PUBLIC KEY"), ("broken", "damaged"), ("empty", "no key") })
        {
            var refused = Assert.Throws<DkimKeyException>(() => _keys.Get(Domain, name));
            Assert.Equal(DkimKeyFault.Unusable, refused.Fault);
            Assert.Contains(word, refused.Message, StringComparison.Ordinal);
        }

        void Write(string name, string pem)
        {
            var path = Path.Combine(folder, name + ".pem");
            File.WriteAllText(path, pem);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public void A_store_that_is_not_there_is_said_to_be_missing()
    {
        var keys = new DkimKeyStore(Path.Combine(_folder.Path, "none"));
        Assert.Equal(DkimKeyFault.StoreNotFound, Assert.Throws<DkimKeyException>(keys.Domains).Fault);
        Assert.Equal(DkimKeyFault.StoreNotFound, Assert.Throws<DkimKeyException>(() => keys.Get(Domain, "s1")).Fault);
    }

    private string FileOf(string selector) => Path.Combine(_folder.Path, "dkim", Domain, selector + ".pem");

    private DkimKeyRecord New(string selector, DkimKeyType type = DkimKeyType.Rsa, bool activate = false) => _keys.Create(Domain, selector, type, 2048, activate);

    private string[] Active()
    {
        var keys = _keys.ActiveKeys(Domain);
        foreach (var key in keys)
            key.Dispose();
        return [.. keys.Select(key => key.Selector)];
    }
}
