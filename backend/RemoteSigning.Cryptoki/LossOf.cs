using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki;

/// <summary>What a CK_RV may say about a loss.</summary>
internal static class LossOf
{
    /// <summary>A loss could explain it; so could others, so the session is asked.</summary>
    public static bool MayBe(ulong returnValue) => returnValue is
        Ckr.GeneralError or Ckr.FunctionFailed or Ckr.DeviceError or Ckr.OperationActive
        or Ckr.SessionClosed or Ckr.SessionHandleInvalid or Ckr.UserNotLoggedIn || Token(returnValue) || KeyHandle(returnValue);

    /// <summary>The token is gone.</summary>
    public static bool Token(ulong returnValue) => returnValue is
        Ckr.SlotIdInvalid or Ckr.DeviceRemoved or Ckr.TokenNotPresent or Ckr.TokenNotRecognized or Ckr.CryptokiNotInitialized;

    /// <summary>The handle of a key means nothing any more.</summary>
    public static bool KeyHandle(ulong returnValue) => returnValue is
        Ckr.KeyHandleInvalid or Ckr.ObjectHandleInvalid or Ckr.UnwrappingKeyHandleInvalid or Ckr.WrappingKeyHandleInvalid;
}
