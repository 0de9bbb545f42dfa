using System.Globalization;
using CsCheck;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Damage;

/// <summary>
/// The readers of the store's small files against damage and against fuzz. <c>MAILOPS_FUZZ</c> says how many inputs each reader
/// gets, <c>MAILOPS_FUZZ_SEED</c> with which seed.
/// </summary>
public sealed class ReaderTests(ITestOutputHelper output)
{
    private static readonly int Inputs = Setting("MAILOPS_FUZZ", 30_000);
    private static readonly int Seed = Setting("MAILOPS_FUZZ_SEED", 1);

    public static TheoryData<string> Names => [.. Readers.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_with_random_damage_is_read_without_an_exception_and_breaks_no_rule(string name)
    {
        var (whole, read) = Readers.All[name];
        Gen.Select(Gen.Int[0, whole.Length - 1], Edit.Any.List[0, 6])
            .Sample((which, edits) => read(edits.Aggregate(whole[which], (octets, edit) => edit.On(octets))), iter: 3000);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Fuzz(string name)
    {
        var (whole, read) = Readers.All[name];
        var random = new Random(Seed);
        var pool = new List<byte[]>(whole);
        for (var i = 0; i < Inputs; i++)
        {
            // Inputs grow out of inputs, so that damage piles up; a pool that has gone far astray starts again.
            var octets = pool[random.Next(pool.Count)];
            for (var edits = random.Next(4); edits >= 0; edits--)
                octets = Edit.Random(random).On(octets);
            if (random.Next(3) == 0)
            {
                var other = pool[random.Next(pool.Count)];
                octets = [.. octets[..random.Next(octets.Length + 1)], .. other[random.Next(other.Length + 1)..]];
            }

            try
            {
                read(octets);
            }
            catch (Exception error)
            {
                Assert.Fail($"Seed {Seed}, input {i}, {Convert.ToHexString(octets)}: {error}");
            }

            if (octets.Length is > 0 and < 4096)
                pool.Add(octets);
            if (pool.Count > 200)
                pool.RemoveRange(whole.Length, 150);
        }

        output.WriteLine($"{Inputs} inputs, seed {Seed}");
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
