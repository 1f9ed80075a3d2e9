using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>The options of a benchmark, <c>--name=number</c>; those not asked for are refused.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, int> _given = [];

    public Arguments(IEnumerable<string> arguments)
    {
        foreach (var argument in arguments)
        {
            var parts = argument.Split('=', 2);
            if (parts is not [['-', '-', .. var name], var text] || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                throw new BenchmarkException($"'{argument}' is not an option; write --name=number.");
            }

            _given[name] = value;
        }
    }

    public int Take(string name, int otherwise, int atLeast = 0)
    {
        var value = _given.Remove(name, out var given) ? given : otherwise;
        return value >= atLeast ? value : throw new BenchmarkException($"--{name} is {value}; it must be {atLeast} or more.");
    }

    public void RefuseOthers()
    {
        if (_given.Count > 0)
        {
            throw new BenchmarkException($"--{_given.Keys.First()} is not an option of this benchmark.");
        }
    }
}
