using System.Globalization;
using MailOps.Fuzz;
using Xunit;

namespace MailOps.Server.Tests;

/// <summary>
/// The parsers that strangers reach, with the inputs that afl-fuzz found worth keeping and mutations of them. <c>MAILOPS_FUZZ</c> says how
/// many mutations each target gets, <c>MAILOPS_FUZZ_SEED</c> with which seed.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly int Inputs = Setting("MAILOPS_FUZZ", 20_000);
    private static readonly int Seed = Setting("MAILOPS_FUZZ_SEED", 1);

    public static TheoryData<string> Names => [.. Targets.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_a_stranger_sends_breaks_no_parser(string name)
    {
        var corpus = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Corpus", name)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
        Assert.NotEmpty(corpus);
        foreach (var octets in corpus)
            Try(name, octets);

        var random = new Random(Seed);
        for (var i = 0; i < Inputs; i++)
            Try(name, Mutate(corpus, random));
        output.WriteLine($"{corpus.Count} kept, {Inputs} mutations, seed {Seed}");
    }

    private static void Try(string name, byte[] octets)
    {
        try
        {
            Targets.All[name](octets);
        }
        catch (Exception error)
        {
            Assert.Fail($"{name}, seed {Seed}, {Convert.ToHexString(octets)}: {error}");
        }
    }

    private static byte[] Mutate(List<byte[]> corpus, Random random)
    {
        List<byte> octets = [.. corpus[random.Next(corpus.Count)]];
        for (var edits = random.Next(1, 6); edits > 0; edits--)
        {
            var at = random.Next(octets.Count + 1);
            switch (random.Next(4))
            {
                case 0 when at < octets.Count:
                    octets[at] = Octet(octets, random);
                    break;
                case 1 when at < octets.Count:
                    octets.RemoveRange(at, random.Next(1, octets.Count - at + 1));
                    break;
                case 2:
                    var other = corpus[random.Next(corpus.Count)];
                    octets.InsertRange(at, other.AsSpan(random.Next(other.Length + 1)).ToArray());
                    break;
                default:
                    octets.Insert(at, Octet(octets, random));
                    break;
            }
        }

        return [.. octets];
    }

    // Octets that mean something come more often.
    private static byte Octet(List<byte> octets, Random random) => random.Next(3) switch
    {
        0 => (byte)random.Next(256),
        1 when octets.Count > 0 => octets[random.Next(octets.Count)],
        _ => "\r\n\0 .<>@:\"\\=,+{}()[]*%\u00ff"u8[random.Next(23)],
    };

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
