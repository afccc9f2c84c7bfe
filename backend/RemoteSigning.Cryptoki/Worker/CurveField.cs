using System.Security.Cryptography;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>A curve in a message: 1 P-256, 2 P-384, 3 P-521.</summary>
internal static class CurveField
{
    private static readonly ECCurve[] Curves = [ECCurve.NamedCurves.nistP256, ECCurve.NamedCurves.nistP384, ECCurve.NamedCurves.nistP521];

    /// <exception cref="ArgumentException">Another curve.</exception>
    public static byte Write(ECCurve curve)
    {
        byte[] parameters = PublicKeyInfo.CurveParameters(curve);
        return (byte)(1 + Array.FindIndex(Curves, c => PublicKeyInfo.CurveParameters(c).AsSpan().SequenceEqual(parameters)));
    }

    /// <exception cref="InvalidDataException">It is malformed.</exception>
    public static ECCurve Read(byte value) =>
        value >= 1 && value <= Curves.Length ? Curves[value - 1] : throw MessageReader.Malformed($"curve {value}");
}
