using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace MailOps.Server.Hosting.Metrics;

/// <summary>
/// Sums the measurements of one meter up and writes them in Prometheus' text format (version 0.0.4), with the names that OpenTelemetry's
/// specification derives from its own.
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    // A bound on what is kept, whatever the tags: a series more than this is not begun.
    private const int MostSeries = 10_000;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private int _series;

    /// <summary>Begins to sum up.</summary>
    /// <param name="meter">The meter. Others of its scope, if it has one, are summed up with it.</param>
    public PrometheusText(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter) || (meter.Scope is { } scope && ReferenceEquals(instrument.Meter.Scope, scope)))
                listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Take((Family)family!, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Take((Family)family!, value, tags));
        _listener.Start();
    }

    /// <summary>All there is, as it is now.</summary>
    public string Render()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder(8 * 1024);
        lock (_lock)
        {
            foreach (var (name, family) in _families)
            {
                text.Append("# HELP ").Append(name).Append(' ').Append(Escape(family.Help, quotes: false)).Append('\n');
                text.Append("# TYPE ").Append(name).Append(' ').Append(family.Type).Append('\n');
                foreach (var (labels, series) in family.Series)
                    Append(text, name, labels, series, family.Bounds);
            }
        }

        return text.ToString();
    }

    /// <summary>Listens no more.</summary>
    public void Dispose() => _listener.Dispose();

    private Family FamilyOf(Instrument instrument)
    {
        var (name, type) = NameOf(instrument);
        var bounds = instrument switch
        {
            Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries?.ToArray(),
            Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToArray(),
            _ => null,
        };
        var family = new Family(instrument.Description ?? name, type, bounds, IsAbsolute: instrument.IsObservable);
        lock (_lock)
            return _families.TryAdd(name, family) ? family : _families[name];
    }

    /// <summary>The name: dots are underscores, the unit follows, a counter ends in _total.</summary>
    private static (string Name, string Type) NameOf(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_');
        name += instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return instrument switch
        {
            Histogram<long> or Histogram<double> => (name, "histogram"),
            UpDownCounter<long> or ObservableUpDownCounter<long> => (name, "gauge"),
            _ => (name + "_total", "counter"),
        };
    }

    private void Take(Family family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        lock (_lock)
        {
            if (!family.Series.TryGetValue(labels, out var series))
            {
                if (_series == MostSeries)
                    return;
                _series++;
                series = new Series(new long[family.Bounds?.Length ?? 0]);
                family.Series[labels] = series;
            }

            series.Count++;
            series.Sum = family.IsAbsolute ? value : series.Sum + value;
            // A bucket holds what is not above its bound; those above it are summed up when they are written.
            var bucket = Array.FindIndex(family.Bounds ?? [], bound => value <= bound);
            if (bucket >= 0)
                series.Buckets[bucket]++;
        }
    }

    private static void Append(StringBuilder text, string name, string labels, Series series, double[]? bounds)
    {
        if (bounds is null)
        {
            Line(name, "", labels, series.Sum);
            return;
        }

        var below = 0L;
        for (var i = 0; i < bounds.Length; i++)
        {
            below += series.Buckets[i];
            Line(name, "_bucket", With(labels, Number(bounds[i])), below);
        }

        Line(name, "_bucket", With(labels, "+Inf"), series.Count);
        Line(name, "_sum", labels, series.Sum);
        Line(name, "_count", labels, series.Count);

        void Line(string metric, string suffix, string of, double value)
        {
            text.Append(metric).Append(suffix);
            if (of.Length > 0)
                text.Append('{').Append(of).Append('}');
            text.Append(' ').Append(Number(value)).Append('\n');
        }
    }

    private static string With(string labels, string bound) => labels.Length == 0 ? $"le=\"{bound}\"" : $"{labels},le=\"{bound}\"";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder(64);
        foreach (var (key, value) in tags)
        {
            if (text.Length > 0)
                text.Append(',');
            text.Append(key.Replace('.', '_')).Append("=\"").Append(Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", quotes: true)).Append('"');
        }

        return text.ToString();
    }

    private static string Escape(string text, bool quotes)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    private sealed record Family(string Help, string Type, double[]? Bounds, bool IsAbsolute)
    {
        public SortedDictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Series(long[] buckets)
    {
        public long[] Buckets { get; } = buckets;

        public long Count { get; set; }

        public double Sum { get; set; }
    }
}
