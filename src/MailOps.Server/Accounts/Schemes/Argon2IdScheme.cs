using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;

namespace MailOps.Server.Accounts.Schemes;

/// <summary>Argon2id (RFC 9106) in the PHC string that Dovecot and libsodium write: <c>$argon2id$v=19$m=19456,t=2,p=1$salt$hash</c>, base64 without padding.</summary>
internal sealed class Argon2IdScheme : PasswordScheme
{
    // OWASP's advice: 19 MiB, two passes, one lane.
    private const int NewMemory = 19 * 1024;
    private const int NewPasses = 2;
    private const int NewLanes = 1;
    private const int SaltSize = 16;
    private const int HashSize = 32;

    // What a hash may ask for: more is a mistake in the file, or somebody's way to stop the server.
    private const int MaxMemory = 1024 * 1024;
    private const int MaxPasses = 32;
    private const int MaxLanes = 16;

    public override string Name => "ARGON2ID";

    public override bool IsWellFormed(string hash) => TryParse(hash, out _);

    public override bool Verify(string password, string hash) =>
        TryParse(hash, out var parsed)
        && CryptographicOperations.FixedTimeEquals(Digest(password, parsed.Salt, parsed.Memory, parsed.Passes, parsed.Lanes, parsed.Hash.Length), parsed.Hash);

    public override string Make(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        var hash = Digest(password, salt, NewMemory, NewPasses, NewLanes, HashSize);
        return string.Create(CultureInfo.InvariantCulture, $"$argon2id$v=19$m={NewMemory},t={NewPasses},p={NewLanes}${ToBase64(salt)}${ToBase64(hash)}");
    }

    private static byte[] Digest(string password, byte[] salt, int memory, int passes, int lanes, int size)
    {
        var generator = new Argon2BytesGenerator();
        generator.Init(new Argon2Parameters.Builder(Argon2Parameters.Argon2id)
            .WithVersion(Argon2Parameters.Version13)
            .WithMemoryAsKB(memory)
            .WithIterations(passes)
            .WithParallelism(lanes)
            .WithSalt(salt)
            .Build());
        var hash = new byte[size];
        generator.GenerateBytes(Encoding.UTF8.GetBytes(password), hash);
        return hash;
    }

    private static bool TryParse(string text, out (int Memory, int Passes, int Lanes, byte[] Salt, byte[] Hash) parsed)
    {
        parsed = default;
        Span<Range> parts = stackalloc Range[7];
        Span<Range> costs = stackalloc Range[4];
        if (text.AsSpan().Split(parts, '$') != 6
            || text.AsSpan(parts[0]).Length != 0
            || text.AsSpan(parts[1]) is not "argon2id"
            || text.AsSpan(parts[2]) is not "v=19")
        {
            return false;
        }

        var cost = text.AsSpan(parts[3]);
        if (cost.Split(costs, ',') != 3
            || !TryCost(cost[costs[0]], "m=", MaxMemory, out var memory)
            || !TryCost(cost[costs[1]], "t=", MaxPasses, out var passes)
            || !TryCost(cost[costs[2]], "p=", MaxLanes, out var lanes)
            || memory < 8 * lanes
            || !TryBase64(text.AsSpan(parts[4]), out var salt) || salt.Length < 8
            || !TryBase64(text.AsSpan(parts[5]), out var hash) || hash.Length is < 16 or > 128)
        {
            return false;
        }

        parsed = (memory, passes, lanes, salt, hash);
        return true;
    }

    private static bool TryCost(ReadOnlySpan<char> text, string name, int most, out int value)
    {
        value = 0;
        return text.StartsWith(name, StringComparison.Ordinal)
            && int.TryParse(text[name.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value >= 1 && value <= most;
    }

    private static string ToBase64(byte[] octets) => Convert.ToBase64String(octets).TrimEnd('=');

    private static bool TryBase64(ReadOnlySpan<char> text, out byte[] octets)
    {
        var padded = text.ToString().PadRight((text.Length + 3) / 4 * 4, '=');
        octets = new byte[padded.Length];
        var right = Convert.TryFromBase64String(padded, octets, out var length);
        octets = octets[..length];
        return right;
    }
}
