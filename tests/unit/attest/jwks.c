/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/attest/signing.h"

/* Made for these tests, and used nowhere else. */
const struct test_key test_keys[] = {
	{ "rsa1",
	  "\"kty\":\"RSA\",\"n\":\"vRndmN8xOcrHndRf7gqEWFP4D1gIrPSgk8iqTQAF8_AGQt1rR4QUky3pjszn"
	  "_7Kx4ETxxS1UJifC_11V1kKSA26XiX1MLHVEdRSDgc9KyFuKGqT1kRYs-zcZ1-8PYCSxf2CgnfgRvyoUYWjO"
	  "ottUZDM2VzHbO39ctCMcmx5ppki6gtK_6-PPxr6MUo-f55DLg05F7g4GusAV7hLRUcYi2aOEwPM2umaqOTWa"
	  "HNrGVKBxlfzs2jRfs6ssHuYXKpMCgZ0GIkTNh1_6TQdZRzO3mu1nFRgsWoRipySqhJURcSXIza9MJ0cXx3ZA"
	  "i5-caPRG9x7PL8pZP6hORrdujmO92Q\",\"e\":\"AQAB\"",
	  "\"d\":\"KUtmNFV9EvFA0SsI_dsHFqDTmUowrtBG5q7Z3bHFGwWN4Hkozbe-pHtQtxHxEcoMhPyZTWU-LIzf"
	  "TNOthHoKF7zFU81sXoMHPYgKxcSmQIWY7YObaqEMlplsR9bZJTYuGrJXsNd0zKmcRL9V7IN39N-oHLdy-BWy"
	  "gVXvj8I-8QQsov7npPLZeOMa1udEil99L2azOCr4a_ch2M480ZeBtkdy-zFx3RNPt6BiNNZ-1w3JFu40yz5V"
	  "ZOx5z1J3x3Z9QLHxXN12vmF_tFgBKgkbAQKXRT2WqxQOzPbkxpyMFZTyNmep14gZ-KbAtIsfj4mpKz922_Np"
	  "kOaLl9ogYfbITw\",\"p\":\"_8MpbAzfm_B-nsFCOAwEemTCjUqZQrxdK0IfpCX4wpfxoY1oFVtjCdlczI8"
	  "xLccvmah805LAdIj-JZwqlCJdinl_CWOmj76ziEaizgav6pN3q3PdTwJmqeV8WiLwVQSyZ9vtd2O3hl19K97"
	  "TxTQmBXM5MmNMCK-K7ymSXdQJ_3s\",\"q\":\"vUbY2k8S-F-5b2fIdxhtrJcQ-T4J0DiZ2mv7YDCd_rW2M"
	  "ZwNw2gZFiOnJk7opZwSGT_y0UzDX5WTPrxBH08uuKpoqt3146HxP7yKIoTL3qoTTP9QGVYr1lekeQf5vm8Gp"
	  "uNS8NXOqrh10sMtRe2nQctLGLVgrKlDSyl04ElQrbs\",\"dp\":\"hph1HwizUIRCjldT-tzQKn0GKYb9mr"
	  "I4McCtmBvniridj5A0GzEpsJA0Fu6wSdAOC8YwUsNjBrDlVnOVsLlZEruXkCBiEjmgj3Hk0ZmRUFhk3NSvvZ"
	  "mc34IGbAUBByzemmuRz4epmEtwyPqN5bTo4WteyVaaN-PxsKTnAvvIeys\",\"dq\":\"dvRjrTAtF_PxMtb"
	  "i4hZ0NxfqDvqyaC5qYx-iKF3lrgK9sogFDl4KBiP6FNVa2Vow9bV_AZNg5l224KKnuumkz2IpzdkZhCpu2EP"
	  "B_NfA2PvCjY2X5ZSGkHscXwRoLQrR_2i246076YdsZT1M4rnteCgv1iOH0nu-UyqGzb7F-ak\",\"qi\":\""
	  "aIjO1iw6GpCNp99XBIxkUI_5baHa4iVNtT2hvEx93hlGF-iiZ-PUhA-VNvszdpBODd9JbccHSXda1tqNxCf5"
	  "R56NqkY6XeAOxFOAKRZcV0-MrjtINkLFuEXhwqt_EKpBrNmoDno-WuoazHFwLW17ePuecGD1lXJw-lc8Beg3"
	  "Btg\"" },
	{ "rsa2",
	  "\"kty\":\"RSA\",\"n\":\"l0Gg3eKE2rbEoZ5MSrOnNV9f6Sv13lm8UYds6MSceBd3b7tv7Q1mnFu5dDbF"
	  "ChJoPhhFlsb-f29bo5QrqZhq43zAh8YSI9GUYEnFSnFiC9-mNyK3dLwaAbKdyyOBaEbwXiK-VEsaYqitmq5O"
	  "QgYE7Dunuz5_F7yjAQBIMVOcEDGT_iG0YjQff93ZYa-4dBqaSrWBtlzNuHtb0ZqXsM1bcH4KqSxMvEUtYBER"
	  "QVYA-3KRqM3-oEVcxKhlbE3oXzhCE1llwFSa01CgifTzq7X6FZqFnWYKf9ga2tYiZhnvr8pMLylqPaR4FhcZ"
	  "AHsScUBhWpOFhAk-ooc7QvJm7pRnew\",\"e\":\"AQAB\"",
	  "\"d\":\"SK9_hBEWIdphjH77D4zcpd_SwcTfzr2VqyImmobc4DL6sMVEiIh_jlTfvnKRZoEo-eoFCutOomOb"
	  "iHSsNMArYW1yQezTi8XrhQf-WIM7CBSuFeHHgj_gSX-Rp2xFBBzO5pXQm8ZJhC6l2ma38a9dzz3toSPrxDbg"
	  "qBsAFkAlB3xmF-hhcv72iqUfJ7BPga2AepBuwCS38hNqmOhbI-x4rCn2ibJp2THWSPWTH6a8gFFIBWzmZ-Ze"
	  "Mns2VJbvzeuEOKAs3i22i2XkSsHKKNaiZUU-cBqNbXyJjRA6MluMsCyYaU_pFfAO4Qm-IdPkG7N1ZUA_i-p3"
	  "Zfoimlv0ajLAIQ\",\"p\":\"0xquqvw7RwmZANQFOEZ2AbmoNcJ45A88Wdhy2P9YkSDgBuC68rQ4472Ma0u"
	  "QwrdCoSr0VOgQCwNWpGFhQbaDSVey-Xh6v8fv9cxuvM7iutfk55_xlcvbDjAkBHLiOZPiwduBclhik1EW4D5"
	  "N4sjDOdKjfqgM3oP34HG81A_pdNs\",\"q\":\"t2yZtLcGDeg1ATj9crJuxVB5eXPHXTlR1AX7j6iSF-PNO"
	  "GgZJKVEWeblyP0Zf-ek65iyH1nebmn6RVisQrwK2pUoXBPOfGOr8N12DA1NWIOKqNfSxstLK2_f4AupnjBH3"
	  "Dc2GUwlDwaNr_9Mvwfeu_FBZGxGBtazzIh-bb2rCeE\",\"dp\":\"qEXMlV8ZoTZ1T8OxpXoE9rsW6kNqOe"
	  "ArKzLt2SsxXf3mlZTtcClYb7DYDW7epVePNQkYWdXhc-XlWoKFE-x4Gi5d652tutGU5UlfvADtmiIdxMQpvk"
	  "4Q_u5Ax4sL6PmI9x4RwSPS77rjkTwYuX1uoNjWmk86cuSe4bnH2wIUBaE\",\"dq\":\"CdlT-4ckVRTV28X"
	  "ynfkEx6WFkEbuOow8X5Uep90WUyARQekdCIGzRNyIFB27A8otadUeI17Q-b7JCHY1cbPlJU2DCEar_LPhZKK"
	  "PlyATuh_-DwjfsXrzA1cTf1VA-1R-V03DouIaz067xup_dXZ3uEHBECJcNDvNFbtyhnP7viE\",\"qi\":\""
	  "xsbXmvYYwI17C0DenOX5uSwr_seOuIWWuJaEa0JQRbw2yMx1k_rF0lOBsviL5lmpwIPyapmkwi1IAxbJTEBu"
	  "UDNYyj67kx_YQ6EaZjAi6KzXpwtK6-ZmEPVQxP97BPhZcLtb7a4lA-OA7Ag8TbNCcncZuR2ekE0GnRexFTfw"
	  "3x8\"" },
	{ "small",
	  "\"kty\":\"RSA\",\"n\":\"pEpN0DK478Xg_g3zaXkuEBo52KJZqeXSyW-tFvNWrDZxmX6D7rVblgnok3ij"
	  "m4TPM4cfylDNE8CnDgaRBDguzTrk1CMn0-LQauU0PAgb6UxrFa18zN_7fdMe4RRFCu2M-vx-W591ND1f0MB0"
	  "FzDM24VLF2JZN6BsWMhz0cqmvQ8\",\"e\":\"AQAB\"",
	  "\"d\":\"Bqh8PtPPaug6FhG6q6udkkl9zqnFuHz37fH4sdVqzc_nCrF151ayP4JnSpK5DrRzMUNopmpf5U0J"
	  "eCgL-H_OZbI8-ZWLWGika8ixX-KNnfUbOgvdfiV6kM1VTm0oba3k24yVcULn1-JPcyC4BWfYlpemruUHEtVn"
	  "cyn4c9LBAQE\",\"p\":\"0WJct9csoVeA4-9gknwcTZSZHyDo2g1Z0GO4JF1kpz1gwZ-AxkmOa0Yv_tjZgp"
	  "M7eY148cbREsXb-g3MuNTQGw\",\"q\":\"yN3batcE8ZXJ5cioMHenuI4WFuKi9zYEZ-zrA0rYjoxhB-Iln"
	  "CX7NBePxrNTSKKkpjhcijanqfXavdtv8PgeHQ\",\"dp\":\"aDBc2LH-qE4lecZstJeDcetGgmHa3F4WWga"
	  "044uBgWKeWdqntoN1ldW4HkUDfuEKkEKgcxauhHvmKThirXpgDw\",\"dq\":\"vrcvSsznK74N2XfggUxK2"
	  "gdGX-pF0zTdkBM5vIGHBimxQzvse8rwLTCl2YKQc-nBLPVcn_puzQfa7eL48TGT3Q\",\"qi\":\"SMD9hm6"
	  "gzxEJhRt_jaLAlTPXItwO2PL4m16DAe4S8oogY7ujd0tKgjihqlAKekgS-HbfEguFaBVvfcDzXITZIA\"" },
	{ "p256",
	  "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"r6nDT2gPDzsk7fRjMAmlz6TqkkHL7_WiUY7e87_JVWk"
	  "\",\"y\":\"2h4R6Q5zTXi5lXMEoB0visc9SJED2vYr7JuehN_ooFY\"",
	  "\"d\":\"xqUy6v9dIa90DWsVNGk288cbaaCrvaaLJh_b2g_fh6w\"" },
	{ "p256b",
	  "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"y3n_g_Zpiu9w5HSaSfC3M2mllb2nAFC0rjlJhqtpSfg"
	  "\",\"y\":\"ohW3V6i4mDqo_SjaaWIWgOwNbQYnBUoWCA3gnGeRsxQ\"",
	  "\"d\":\"6W-P19j73_6eWnIvI9mpbaBs2Givst5YXMGl_BJjrO0\"" },
	{ "p384",
	  "\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"3PgPEAICs9FnV_C8-qGNVPZb0fs4Ab538Iov5ZX0AEb"
	  "gkUg4FKjZGKu4JlxjhB-P\",\"y\":\"W6m0m8mgzllHQIw31MC5uhaoaukQOX0n5xYYzCf8maKUaq0nbEAw"
	  "xFuW5DF-im9F\"",
	  "\"d\":\"x1leQZXDBplD8OImWqYtk4cDasn97sXTA8GH7IfbnY4RB4ZgwfFj9AvHO5sLYAyP\"" },
	{ "p521",
	  "\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AaMn7aFLENReuBJNokC8vdffVzBh_rGLRqO18iYw9sg"
	  "ncKMr0naLyKWjPsUqFJiM_4DpYlW2GI1DRH11nwQate_5\",\"y\":\"AAi4R2_Ap6GrGzeqI6QuF7I2I634"
	  "rTM89YzBvOFRmPNYoSHqcQkRbrzRqF2FPIII8ynEiGcLlXKHD7gm4ZHp5e_z\"",
	  "\"d\":\"AM9QjxxL-AZEX-QtqrZ65Wxyv8Z-Jglw3d3ySIK5LUHNKctT1U3lwRQLJwRDgMD_2vtdGBdSmZ5E"
	  "NHVFFj196PEL\"" },
	{ "secret", "\"kty\":\"oct\"", "\"k\":\"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s\"" },
};
const size_t test_key_count = array_len(test_keys);
