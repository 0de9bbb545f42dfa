using System.Globalization;
using MailOps.Server.Accounts;
using MailOps.Server.Accounts.Schemes;
using Xunit;

namespace MailOps.Server.Tests.Accounts;

public sealed class PasswordSchemeTests
{
    private const string Password = "pässwörd 1";

    // Made by "doveadm pw" 2.3.19, "openssl passwd -6" 3.0 and crypt(3), all of the same password.
    [Theory]
    [InlineData("ARGON2ID", "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$gZYoOGbblU9r/ohMsa135g$uWZRxE/mBBYvdXoJdy4X6MhX8Lut4Nzc46Ok1OcPXUg")]
    [InlineData("BLF-CRYPT", "{BLF-CRYPT}$2y$05$VyBjrWwMkMNernTKbNulQOoExqlHOifldKXKd5KlkE.VIJc8BdpZ6")]
    [InlineData("BLF-CRYPT", "{CRYPT}$2y$05$S78qOBKMhGueDte/kCVFGeF1knYk5GHYHIxAsHVLO.7q.MulTfJDO")]
    [InlineData("SHA512-CRYPT", "{SHA512-CRYPT}$6$XROrOhcoD/2X/tUT$MT3MK9mz/YWJ6py2XmSXQ9nz7SkVM17RqlrgrFvUmBkuF0in8dmlB/pCka0ETNuWs6dS40YwOVG1b4RjGIKbV1")]
    [InlineData("SHA512-CRYPT", "$6$ab$8mevJNVcCjxMkJD8HgmkIj7N0HU5ajW82ohYx/Xmj3QfeSjy3.euXiA3dmGqYPg8EVnK727lstORr8kJfRn3h0")]
    [InlineData("SSHA", "{SSHA}BojpBQyKB7/knF2uTxuI9gNHrVVeNMz1")]
    [InlineData("SCRAM-SHA-256", "{SCRAM-SHA-256}4096,O2TgzNbHiO2E9G0XOWjjQQ==,HmgbjcwNde2w5OJNkcbl0idri2GQVoFOoVFcRDWRpJs=,AW+qDc8BD18xJr0DvKtsC9176mRfhYtq6Jn2MOC50yU=")]
    [InlineData("SCRAM-SHA-1", "{SCRAM-SHA-1}4096,MW7xOfqKn7gINBcXJE+Afw==,t8o7qzljGAPdntpYnr7uquijCfE=,8aPfh7rjDxYvEehJDQ93tCV4uO4=")]
    [InlineData("PLAIN", "{PLAIN}pässwörd 1")]
    [InlineData("CLEARTEXT", "{cleartext}pässwörd 1")]
    public void What_other_programs_hashed_is_verified(string name, string stored)
    {
        Assert.True(PasswordSchemes.TryRead(stored, out var scheme, out var hash));
        Assert.Equal(name, scheme.Name);
        Assert.Equal(name, PasswordSchemes.NameOf(stored));
        Assert.True(scheme.Verify(Password, hash));
        Assert.False(scheme.Verify(Password + " ", hash));
        Assert.False(scheme.Verify("passwörd 1", hash));
        Assert.False(scheme.Verify("", hash));
    }

    // The specification's own examples: rounds in the setting, a salt that is too long, a password longer than a block.
    [Theory]
    [InlineData("Hello world!", "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.")]
    [InlineData("Hello world!", "$6$rounds=10000$saltstringsaltstring$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.")]
    [InlineData("short", "$6$pPcreHi3uf3Sg.sl$CipxIwMFD54TBtB9TjP.3Wn.WrSkQTQRlqhr935nzuZjf0H0oc06HRVSZ94MYy/sHZXT5WykU7wfJuQJqtJer.")]
    public void SHA512_CRYPT_follows_its_specification(string password, string stored)
    {
        Assert.True(PasswordSchemes.TryRead(stored, out var scheme, out var hash));
        Assert.True(scheme.Verify(password, hash));
    }

    [Fact]
    public void SHA512_CRYPT_takes_passwords_longer_than_its_block()
    {
        Assert.True(PasswordSchemes.TryRead("$6$uAFdqd1looVB32el$0//eHzYvxiRiYz3IcbT/RxlbW6zvp4tCFpYl1avaeO/vRywAOgt0iwUthu9jLN3n4GlrC9.3sZyrhfP4sa6K11", out var scheme, out var hash));
        Assert.True(scheme.Verify(new string('x', 200), hash));
        Assert.False(scheme.Verify(new string('x', 199), hash));
    }

    public static TheoryData<string> Made => new(AccountSecret.Schemes);

    [Theory, MemberData(nameof(Made))]
    public void What_is_made_is_salted_and_verified(string name)
    {
        var one = AccountSecret.FromPassword(Password, name, scramKeys: false).Stored;
        var other = AccountSecret.FromPassword(Password, name, scramKeys: false).Stored;
        // Dovecot's CRAM-MD5 has no salt.
        Assert.Equal(name == "CRAM-MD5", one == other);
        Assert.StartsWith("{" + name + "}", one, StringComparison.Ordinal);
        Assert.True(PasswordSchemes.TryRead(one, out var scheme, out var hash));
        Assert.True(scheme.Verify(Password, hash));
        Assert.False(scheme.Verify(Password.ToUpper(CultureInfo.InvariantCulture), hash));
    }

    [Fact]
    public void New_accounts_get_argon2id_with_19_MiB_and_SCRAM_keys_beside()
    {
        var secret = AccountSecret.FromPassword(Password, AccountSecret.DefaultScheme, scramKeys: true);
        Assert.StartsWith("{ARGON2ID}$argon2id$v=19$m=19456,t=2,p=1$", secret.Stored, StringComparison.Ordinal);
        Assert.StartsWith("100000,", Assert.Single(secret.Beside).Value, StringComparison.Ordinal);
        Assert.DoesNotContain("$", secret.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bcrypt_counts_the_first_72_octets_only()
    {
        var stored = AccountSecret.FromPassword(new string('a', 80), "BLF-CRYPT", scramKeys: false).Stored;
        Assert.True(PasswordSchemes.TryRead(stored, out var scheme, out var hash));
        Assert.True(scheme.Verify(new string('a', 72), hash));
        Assert.False(scheme.Verify(new string('a', 71), hash));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("!")]
    [InlineData("{}")]
    [InlineData("{ARGON2ID}")]
    [InlineData("{ARGON2ID}$argon2id$v=19$m=99999999,t=3,p=1$gZYoOGbblU9r/ohMsa135g$uWZRxE/mBBYvdXoJdy4X6MhX8Lut4Nzc46Ok1OcPXUg")]
    [InlineData("{ARGON2ID}$argon2id$v=19$m=65536,t=0,p=1$gZYoOGbblU9r/ohMsa135g$uWZRxE/mBBYvdXoJdy4X6MhX8Lut4Nzc46Ok1OcPXUg")]
    [InlineData("{ARGON2ID}$argon2i$v=19$m=65536,t=3,p=1$gZYoOGbblU9r/ohMsa135g$uWZRxE/mBBYvdXoJdy4X6MhX8Lut4Nzc46Ok1OcPXUg")]
    [InlineData("{BLF-CRYPT}$2y$31$VyBjrWwMkMNernTKbNulQOoExqlHOifldKXKd5KlkE.VIJc8BdpZ6")]
    [InlineData("{BLF-CRYPT}$2x$05$VyBjrWwMkMNernTKbNulQOoExqlHOifldKXKd5KlkE.VIJc8BdpZ6")]
    [InlineData("{BLF-CRYPT}$2y$05$VyBjrWwMkMNernTKbNulQOoExqlHOifldKXKd5KlkE:VIJc8BdpZ6")]
    [InlineData("{SHA512-CRYPT}$6$rounds=999999999$ab$8mevJNVcCjxMkJD8HgmkIj7N0HU5ajW82ohYx/Xmj3QfeSjy3.euXiA3dmGqYPg8EVnK727lstORr8kJfRn3h0")]
    [InlineData("{SHA512-CRYPT}$6$ab$short")]
    [InlineData("{SSHA}AAAA")]
    [InlineData("{SSHA}not base64")]
    [InlineData("{SCRAM-SHA-256}4096,AAAA")]
    [InlineData("{SCRAM-SHA-256}0,O2TgzNbHiO2E9G0XOWjjQQ==,HmgbjcwNde2w5OJNkcbl0idri2GQVoFOoVFcRDWRpJs=,AW+qDc8BD18xJr0DvKtsC9176mRfhYtq6Jn2MOC50yU=")]
    [InlineData("{SCRAM-SHA-256}4096,MW7xOfqKn7gINBcXJE+Afw==,t8o7qzljGAPdntpYnr7uquijCfE=,8aPfh7rjDxYvEehJDQ93tCV4uO4=")]
    [InlineData("{MD5}0123456789abcdef")]
    [InlineData("{PLAIN}")]
    public void What_cannot_be_checked_lets_nobody_in(string stored)
    {
        Assert.False(PasswordSchemes.TryRead(stored, out _, out _));
        Assert.Equal(AccountFault.InvalidHash, Assert.Throws<AccountException>(() => AccountSecret.FromHash(stored)).Fault);
    }

    [Theory]
    [InlineData("PLAIN", AccountFault.InvalidScheme)]
    [InlineData("MD5", AccountFault.InvalidScheme)]
    public void Weak_and_unknown_schemes_are_not_made(string scheme, AccountFault fault) =>
        Assert.Equal(fault, Assert.Throws<AccountException>(() => AccountSecret.FromPassword(Password, scheme, scramKeys: true)).Fault);

    [Theory]
    [InlineData("")]
    [InlineData("tab\there")]
    [InlineData("nul\0here")]
    [InlineData("\u00ad")]
    public void Passwords_that_no_client_can_send_are_refused_and_not_shown(string password)
    {
        var refused = Assert.Throws<AccountException>(() => AccountSecret.FromPassword(password, "SSHA", scramKeys: true));
        Assert.Equal(AccountFault.InvalidPassword, refused.Fault);
        Assert.DoesNotContain("here", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{PLAIN}with:colon")]
    [InlineData("{PLAIN}two\nlines")]
    public void A_hash_that_would_break_the_file_is_refused(string stored)
    {
        var refused = Assert.Throws<AccountException>(() => AccountSecret.FromHash(stored));
        Assert.Equal(AccountFault.InvalidHash, refused.Fault);
        Assert.DoesNotContain("colon and", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("two", refused.Message, StringComparison.Ordinal);
    }
}
